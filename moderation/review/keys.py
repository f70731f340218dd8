"""Keys of rows as a browser sends them."""

import uuid


def key_of(text: str) -> uuid.UUID | None:
    """None for what is no key."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
