"""The surroundings of a job: a quick engine, a scanner that judges by colour, a scratch folder."""

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from generation import resident_engines, selectors
from moderation.services import scanning
from tests.factories.engines import PlainEngine
from tests.factories.scanners import COLOUR_AND_WORDS
from tongyi_portal.common.registry import LazyRegistry


@pytest.fixture(autouse=True)
def scratch_root(settings: Any, tmp_path: Path) -> Path:
    """Where attempts keep their files; nothing may stay there. Cached history and queue are dropped, too."""
    settings.ENGINE_SCRATCH_ROOT = tmp_path / "scratch"
    cache.clear()
    selectors._board = None
    return tmp_path / "scratch"


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> PlainEngine:
    """The resident engine of dance videos is a quick one that tests can steer."""
    plain = PlainEngine()
    monkeypatch.setitem(resident_engines._engines, "animation", plain)
    return plain


@pytest.fixture
def colour_scanner(monkeypatch: pytest.MonkeyPatch) -> None:
    """The only scanner judges by colour; the policy is the real one."""
    table: LazyRegistry[Any] = LazyRegistry(COLOUR_AND_WORDS)
    monkeypatch.setattr(scanning, "SCANNERS", table)
