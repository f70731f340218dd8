"""Kinds of content are registered once, loudly."""

import pytest

from moderation import subject_registry
from tests.factories.moderation import RecordingSubject
from tongyi_portal.common.errors import UnknownKey


def test_a_registered_kind_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject_registry, "_TYPES", {})
    one = RecordingSubject()
    subject_registry.register(one)
    assert subject_registry.subject_type("test_subject") is one
    assert subject_registry.subject_types() == [one]


def test_another_class_cannot_take_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    class Impostor(RecordingSubject):
        pass

    monkeypatch.setattr(subject_registry, "_TYPES", {})
    subject_registry.register(RecordingSubject())
    with pytest.raises(ValueError, match="already"):
        subject_registry.register(Impostor())


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UnknownKey):
        subject_registry.subject_type("no_such_kind")
