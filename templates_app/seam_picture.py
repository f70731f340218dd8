"""seam_picture: the skeletons around the change from one movement to another, as a moving picture."""

import io

from PIL import Image

from templates_app.poses.draw import draw_skeleton
from templates_app.poses.joining import Joined

AROUND_SECONDS = 1.0
RATE = 12.5
HEIGHT = 360
ROUNDS = 2  # so that it is over in less than five seconds
MIME = "image/webp"


def seam_picture(joined: Joined) -> bytes:
    """An animated WebP of a second before the seam and one after it, shown twice."""
    poses, seam = joined.sequence, joined.seam_frame
    around = round(AROUND_SECONDS * poses.fps)
    first, last = max(0, seam - around), min(poses.frame_count, seam + around)
    step = max(1, round(poses.fps / RATE))
    width = 2 * round(HEIGHT * poses.aspect / 2)
    pictures = [
        Image.fromarray(
            draw_skeleton(
                poses.points[index],
                poses.confidence[index],
                layout=poses.layout,
                width=width,
                height=HEIGHT,
                style="viewer",
            )
        )
        for index in range(first, last, step)
    ]
    target = io.BytesIO()
    pictures[0].save(
        target,
        "WEBP",
        save_all=True,
        append_images=pictures[1:],
        duration=round(1000 * step / poses.fps),
        loop=ROUNDS,
        quality=80,
    )
    return target.getvalue()
