"""Engines that stay loaded in this process."""

import threading
from typing import Any

from django.conf import settings

from generation.engines import ENGINES

_engines: dict[str, Any] = {}
_loading = threading.Lock()


def resident_engine(key: str) -> Any:
    """The engine of that key, loaded once in this process. Raises UnknownKey, and what load() raises."""
    with _loading:
        if key not in _engines:
            engine = ENGINES.get(key)(settings.MODELS_ROOT, settings.ENGINE_THREADS)
            engine.load()
            _engines[key] = engine
        return _engines[key]


def resident_keys() -> frozenset[str]:
    """Engines that this process holds loaded."""
    return frozenset(_engines)
