"""Moderators, and a kind of content that remembers what it was told."""

from collections.abc import Callable
from typing import Any

import pytest

from moderation import subject_registry
from moderation.scanners import SCANNERS
from moderation.services import scanning
from tests.factories.moderation import RecordingSubject, member_of
from tongyi_portal.common import roles


@pytest.fixture
def subject(monkeypatch: pytest.MonkeyPatch) -> RecordingSubject:
    """The subject type "test_subject", registered for one test."""
    recording = RecordingSubject()
    monkeypatch.setitem(subject_registry._TYPES, recording.key, recording)
    return recording


@pytest.fixture
def moderator(db: None) -> Any:
    return member_of(roles.MODERATOR, "ming")


@pytest.fixture
def other_moderator(db: None) -> Any:
    return member_of(roles.MODERATOR, "hua")


@pytest.fixture
def senior(db: None) -> Any:
    return member_of(roles.SENIOR_MODERATOR, "lin")


@pytest.fixture
def other_senior(db: None) -> Any:
    return member_of(roles.SENIOR_MODERATOR, "mei")


@pytest.fixture
def only_scanners(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Replace the table of scanners for one test: only_scanners("module:Class", ...)."""

    def replace(*targets: str) -> None:
        monkeypatch.setattr(
            SCANNERS, "_targets", {f"test_{number}": one for number, one in enumerate(targets)}
        )
        monkeypatch.setattr(scanning, "_instances", {})

    return replace
