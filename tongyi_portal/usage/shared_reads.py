"""Reads that several reports of one page have in common are made once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
_answers: ContextVar[dict[Any, Any] | None] = ContextVar("usage_shared_reads", default=None)


@contextmanager
def reads_shared() -> Iterator[None]:
    """Inside, a function marked with `shared_read` answers the same question once."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def shared_read(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator of a read whose arguments can be hashed; nobody may change what it gives."""

    @wraps(function)
    def read(*args: P.args, **kwargs: P.kwargs) -> R:
        answers = _answers.get()
        if answers is None:
            return function(*args, **kwargs)
        key = (function, args, tuple(sorted(kwargs.items())))
        if key not in answers:
            answers[key] = function(*args, **kwargs)
        answer: R = answers[key]
        return answer

    return read
