"""A turned square of a picture: cut out at a model's input size, and results laid back. Pure Python."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Region:
    """A square of the picture: centre and side in pixels, turned clockwise by `angle` radians."""

    x: float
    y: float
    side: float
    angle: float

    @classmethod
    def around_circle(cls, centre: Floats, on_circle: Floats, scale: float) -> "Region":
        """The square around a circle given by its centre and the point on it that belongs on top, grown."""
        across, up = float(on_circle[0] - centre[0]), float(centre[1] - on_circle[1])
        side = 2 * scale * float(np.hypot(across, up))
        angle = np.pi / 2 - np.arctan2(up, across)
        return cls(float(centre[0]), float(centre[1]), max(side, 1.0), float(angle))

    def matrix(self) -> npt.NDArray[np.float64]:
        """(2, 3) affine map from the unit square (0..1 right, 0..1 down) to pixels of the picture."""
        cos, sin = np.cos(self.angle) * self.side, np.sin(self.angle) * self.side
        x, y = self.x - (cos - sin) / 2, self.y - (sin + cos) / 2
        return np.array([[cos, -sin, x], [sin, cos, y]])

    def to_picture(self, unit: Floats) -> Floats:
        """Map points (..., 2) of the unit square into the picture."""
        matrix = self.matrix()
        return (unit @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)

    def crop(self, image: Image, side: int, border: int) -> Image:
        """The region as a `side` x `side` picture, averaged when it shrinks by more than two."""
        shrink = max(1, int(self.side / side))
        matrix = self.matrix()
        if shrink > 1:
            height, width = image.shape[:2]
            small = cv2.resize(
                image, (-(-width // shrink), -(-height // shrink)), interpolation=cv2.INTER_AREA
            )
            matrix = np.diag([small.shape[1] / width, small.shape[0] / height]) @ matrix
            image = small.astype(np.uint8, copy=False)
        inverse = _between_centres(matrix @ np.diag([1 / side, 1 / side, 1.0]))
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(
            cv2.warpAffine(image, inverse, (side, side), flags=flags, borderMode=border), np.uint8
        )

    def paste_mask(self, mask: Floats, height: int, width: int) -> Floats:
        """A square mask of the region, laid back into a picture of the given size; zero outside."""
        matrix = _between_centres(self.matrix() @ np.diag([1 / mask.shape[1], 1 / mask.shape[0], 1.0]))
        return np.asarray(cv2.warpAffine(mask, matrix, (width, height), flags=cv2.INTER_LINEAR), np.float32)


def check_image(image: Image) -> None:
    """Raise ValueError unless the picture is uint8 (height, width, 3) and not empty."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise ValueError(f"image must be uint8 (height, width, 3), got {image.dtype} {image.shape}")


def _between_centres(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The same affine map for OpenCV, which counts from the first pixel's centre, not from its corner."""
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ np.array([0.5, 0.5]) - 0.5
    return moved
