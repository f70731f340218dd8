"""Typed numba decorators for the pixel loops."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile to machine code on first call; cached on disk, and free of the interpreter lock."""
    return cast(F, numba.njit(cache=True, nogil=True, fastmath=True)(function))


def inlined(function: F) -> F:
    """The same for an inner loop's body, which is pasted into its caller: a call would cost much more."""
    return cast(F, numba.njit(nogil=True, fastmath=True, inline="always")(function))
