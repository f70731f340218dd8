"""A figure: solids, creases and the paint of its materials, rendered to colour and coverage."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

import cv2
import numpy as np
import numpy.typing as npt

from templates_app.characters.compiled import Floats
from templates_app.characters.light import Coat, Lamp, Shade, bumped, illuminate, shade
from templates_app.characters.solids import Crease, Solid
from templates_app.characters.tracer import Camera, Seen, trace

OVERSAMPLING = 2


@dataclass(frozen=True)
class Patch:
    """The pixels of one material: world position and normal, place in the solid's frame (all (n, 3)).

    around: angle about the solid's length, radians, 0 towards its flat side. along: 0 to 1 from start to
    end (limbs and cones), else the local height in radii. solid: index of the solid. span: its length in
    metres. direction ((n, 3)): the way its length runs. strand: its strand's number; run: metres since the
    strand's start.
    """

    position: Floats
    normal: Floats
    local: Floats
    around: Floats
    along: Floats
    solid: npt.NDArray[np.int32]
    span: Floats
    direction: Floats
    strand: npt.NDArray[np.int64]
    run: Floats

    def __len__(self) -> int:
        return len(self.solid)


Paint = Callable[[Patch], Coat]


@dataclass(frozen=True)
class Figure:
    """Everything that can be seen of one thing; `paints` has an entry for every material of `solids`."""

    solids: Sequence[Solid]
    creases: Sequence[Crease]
    paints: Mapping[str, Paint]


@dataclass(frozen=True)
class Render:
    """A figure in front of nothing, at the oversampled size.

    light (float64, (h, w, 3)): linear. seen, coat, shade: what it was made of, for outlines and shadows.
    """

    light: Floats
    seen: Seen
    albedo: Floats
    normal: Floats
    shade: Shade


def _patch(figure: Figure, seen: Seen, pixels: npt.NDArray[np.bool_]) -> Patch:
    index, local = seen.solid[pixels], seen.local[pixels]
    length = np.array([s.sizes[0] if s.shape in (0, 2) else s.sizes[1] for s in figure.solids])
    along = local[:, 1] / length[index]
    ways = np.stack([s.ways if s.ways.any() else s.axes[[1, 1]] for s in figure.solids])[index]
    part = np.clip(along, 0, 1)[:, None]
    strands = np.array([s.strand for s in figure.solids])
    starts = np.array([s.start for s in figure.solids])
    return Patch(
        seen.position[pixels],
        seen.normal[pixels],
        local,
        np.arctan2(local[:, 0], local[:, 2]),
        along,
        index,
        length[index],
        ways[:, 0] * (1 - part) + ways[:, 1] * part,
        strands[index],
        starts[index] + local[:, 1],
    )


def painted(figure: Figure, seen: Seen) -> Coat:
    """The coat of every pixel that was hit, in the order of `seen.solid >= 0`."""
    names = list(dict.fromkeys(s.material for s in figure.solids))
    of_solid = np.array([names.index(s.material) for s in figure.solids])
    mask = seen.solid >= 0
    material = np.where(mask, of_solid[np.maximum(seen.solid, 0)], -1)
    whole, flat = Coat.blank(int(mask.sum())), material[mask]
    for number, name in enumerate(names):
        if not (flat == number).any():
            continue
        part = figure.paints[name](_patch(figure, seen, material == number))
        for item in fields(Coat):
            getattr(whole, item.name)[flat == number] = getattr(part, item.name)
    return whole


def render(figure: Figure, camera: Camera, lamp: Lamp) -> Render:
    """Trace, paint and light a figure."""
    seen = trace(figure.solids, figure.creases, camera)
    mask = seen.solid >= 0
    coat, shading = painted(figure, seen), shade(seen, camera, lamp)
    relief = np.zeros(mask.shape)
    relief[mask] = coat.height
    normal = bumped(seen, relief, camera)
    view = camera.rays()[mask]
    view = -view / np.linalg.norm(view, axis=1, keepdims=True)
    lit = Shade(shading.near[mask], shading.far[mask], shading.key[mask])
    light, albedo = np.zeros((*mask.shape, 3)), np.zeros((*mask.shape, 3))
    light[mask] = illuminate(coat, normal[mask], view, lit, lamp)
    albedo[mask] = coat.albedo
    return Render(light, seen, albedo, normal, shading)


def finer(camera: Camera, factor: int = OVERSAMPLING) -> Camera:
    """The same view at `factor` times the pixels."""
    return Camera(
        camera.width * factor,
        camera.height * factor,
        camera.eye_y,
        camera.eye_z,
        camera.metre * factor,
        camera.floor * factor,
    )


def composed(display: Floats, mask: npt.NDArray[np.bool_], background: Floats) -> Floats:
    """Lay an oversampled picture (0..1, (2h, 2w, 3)) where `mask` over a background (0..1, (h, w, 3))."""
    size = background.shape[1::-1]
    cover = cv2.resize(mask.astype(np.float64), size, interpolation=cv2.INTER_AREA)[..., None]
    front = cv2.resize(display * mask[..., None], size, interpolation=cv2.INTER_AREA)
    return np.asarray(front + background * (1 - cover), dtype=np.float64)
