"""What the studio counts as watching: seconds that were played where they could be seen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.e2e
PLAYED = """
async ({ source, duration, steps }) => {
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { onWatched } = await import(address);
  const video = Object.assign(new EventTarget(), { currentTime: 0, duration, seeking: false });
  let isHidden = false, seen = 0;
  Object.defineProperty(document, "hidden", { get: () => isHidden, configurable: true });
  onWatched(video, () => { seen += 1; });
  for (const { to = null, hidden = null, event = "timeupdate" } of steps) {
    if (hidden !== null) isHidden = hidden;
    if (to !== null) video.currentTime = to;
    video.dispatchEvent(new Event(event));
  }
  return seen > 0;
}
"""


def playing(since: float, until: float, **more: Any) -> list[dict[str, Any]]:
    """Four reports of the player a second."""
    return [{"to": quarter / 4, **more} for quarter in range(int(since * 4), int(until * 4) + 1)]


@pytest.mark.parametrize(
    ("duration", "steps", "is_watched"),
    [
        (20, playing(0, 0.5), False),
        (20, playing(0, 2.5), False),
        (20, playing(0, 3), True),
        (4, playing(0, 1.5), False),
        (4, playing(0, 2), True),
        (20, playing(0, 10, hidden=True), False),
        (20, [*playing(0, 2, hidden=True), *playing(2.25, 4, hidden=False)], False),
        (20, [*playing(0, 1), {"event": "seeking"}, {"to": 15}, *playing(15.25, 16)], False),
        (20, [*playing(0, 1), {"to": 15}, *playing(15.25, 16)], False),
        (20, [*playing(0, 2), {"event": "emptied"}, *playing(0, 2)], False),
        (5, [*playing(0, 1.5), *playing(0, 1.5)], True),
    ],
)
def test_a_clip_is_watched_once_enough_of_it_was_played_in_sight(
    open_page: Callable[..., Page],
    project_root: Path,
    duration: float,
    steps: list[dict[str, Any]],
    is_watched: bool,
) -> None:
    page = open_page()
    source = (project_root / "static/studio/js/watching.js").read_text()
    given = {"source": source, "duration": duration, "steps": steps}
    assert page.evaluate(PLAYED, given) is is_watched
