"""standard_characters: who dances in the previews that every version must have before it is handed in."""

_WHOLE = ("person", "comic", "terracotta")
_HALF = ("person", "comic", "qipao")


def standard_characters(body_style: str, people: int) -> tuple[str, ...]:
    """Keys of characters of different build and dress, three or more; the first shows the cover.

    body_style: "full" or "half". people: how many dance; every one of them is drawn as the same character.
    """
    del people
    return _HALF if body_style == "half" else _WHOLE
