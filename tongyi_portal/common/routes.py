"""Routes that answer with and without a trailing slash, never by a redirect: it would drop a POST's body."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path


def endpoint(route: str, view: Callable[..., Any], name: str) -> list[URLPattern]:
    """The patterns of one endpoint; `route` without a trailing slash. Only the first of them has the name."""
    return [path(route, view, name=name), path(f"{route}/", view)]
