"""What people read instead of moderation's codes."""

import pytest
from django.utils import translation

from moderation.scanners.nsfw_detector import CLASSES
from moderation.texts import LABELS, label_text, reasons_text, subject_type_text


def test_every_label_of_the_detector_has_words() -> None:
    assert {label for label, _meaning in CLASSES} <= set(LABELS)


def test_a_label_without_words_stands_for_itself() -> None:
    assert label_text("face") == "face"
    assert label_text("hat_seen") == "hat_seen"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "The content shows violence. The content shows private data."),
        ("zh-hans", "内容含有暴力。内容泄露了个人隐私信息。"),
    ],
)
def test_reasons_are_sentences_in_the_readers_language(language: str, expected: str) -> None:
    with translation.override(language):
        assert reasons_text(["violence", "privacy"]) == expected


def test_no_reason_is_a_dash() -> None:
    assert reasons_text([]) == "–"


def test_kinds_of_content_are_named_by_who_owns_them() -> None:
    assert subject_type_text("upload") == "uploaded picture"
    assert subject_type_text("gone") == "gone"
