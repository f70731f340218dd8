"""What tests of the library share."""

from typing import Any

import pytest

from moderation.services import scanning
from tests.factories.scanners import COLOUR_AND_WORDS
from tongyi_portal.common.registry import LazyRegistry


@pytest.fixture
def colour_scanner(monkeypatch: pytest.MonkeyPatch) -> None:
    """The only scanner judges by colour; the policy is the real one."""
    table: LazyRegistry[Any] = LazyRegistry(COLOUR_AND_WORDS)
    monkeypatch.setattr(scanning, "SCANNERS", table)


@pytest.fixture
def nobody_extracts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Accepted videos are noted here, and no job is submitted for them."""
    from templates_app import signals

    wanted: list[Any] = []
    for name in ("extraction_wanted", "extraction_unwanted", "previews_wanted"):
        signal = type(signals.extraction_wanted)()
        signal.connect(
            lambda name=name, **given: wanted.append((name, given.get("motion") or given.get("version"))),
            weak=False,
        )
        for module in ("motions", "motion_checks", "preparing"):
            monkeypatch.setattr(f"templates_app.services.{module}.{name}", signal, raising=False)
    return wanted
