"""Sample pictures are drawn once and then only read."""

import threading
from pathlib import Path

from pytest_django.fixtures import Settings

from tongyi_portal.studio import samples


def test_a_picture_that_is_there_does_not_wait_for_one_being_drawn(
    settings: Settings, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    path = samples.sample_path("person", "thumb")
    path.parent.mkdir()
    path.write_bytes(b"drawn before")
    answers: list[bytes] = []
    reader = threading.Thread(target=lambda: answers.append(samples.sample_jpeg("person", "thumb")))
    with samples._one_at_a_time:
        reader.start()
        reader.join(timeout=30)
        assert answers == [b"drawn before"]
