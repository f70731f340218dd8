"""Word lists as files: what is taken, what is left out and why; nothing changes before it is asked."""

from typing import Any

import pytest

from moderation.models import AuditEntry, Term, TermList
from moderation.services.revisions import TERMS, revision_of
from moderation.services.term_imports import terms_export, terms_import, terms_preview
from moderation.services.term_matching import matcher_current
from moderation.services.terms import list_create, term_add, term_remove
from moderation.taxonomy import Category, Severity
from moderation.terms.entries import ListKind
from moderation.terms.files import MAX_BYTES, MAX_ROWS
from moderation.text_errors import TermFileRefused
from tongyi_portal.common.errors import PermissionRefused

pytestmark = pytest.mark.django_db


@pytest.fixture
def words(senior: Any) -> TermList:
    return list_create(
        name="Imported",
        kind=ListKind.BLOCK,
        category=Category.ADS_SPAM,
        severity=Severity.SERIOUS,
        language="any",
        by=senior,
    )


def preview(words: TermList, text: str | bytes, *, is_csv: bool = False) -> Any:
    data = text.encode() if isinstance(text, str) else text
    return terms_preview(term_list=words, data=data, is_csv=is_csv)


def test_a_preview_says_what_would_change_and_changes_nothing(words: TermList, senior: Any) -> None:
    known = term_add(term_list=words, text="加微信", by=senior)
    gone = term_add(term_list=words, text="代开发票", by=senior)
    term_remove(term=gone, by=senior)
    before = revision_of(TERMS)
    report = preview(words, "# 注释\n加微信\n代开发票\n\n  刷单  兼职 \nx\n")
    assert [row.text for row in report.new] == ["刷单 兼职"]
    assert [row.text for row in report.restored] == ["代开发票"]
    assert [row.text for row in report.known] == [known.text]
    assert [(fault.line, fault.code, fault.excerpt) for fault in report.faults] == [(6, "too_short", "x")]
    assert (Term.objects.filter(term_list=words, is_enabled=True).count(), revision_of(TERMS)) == (1, before)


def test_an_import_takes_the_good_lines_and_counts_at_once(words: TermList, senior: Any) -> None:
    report = terms_import(
        term_list=words, data="刷单兼职\nx\n加微信".encode("gb18030"), is_csv=False, by=senior
    )
    assert (report.change_count, len(report.faults)) == (2, 1)
    assert [hit.category for hit in matcher_current().find("刷单兼职")] == ["ads_spam"]
    entry = AuditEntry.objects.get(action="moderation.terms.imported")
    assert entry.data == {"added": 2, "restored": 0, "known": 0, "faults": 1}
    again = terms_import(term_list=words, data="刷单兼职".encode(), is_csv=False, by=senior)
    assert (again.change_count, len(again.known)) == (0, 1)


def test_columns_of_a_csv_file_are_read_and_checked_line_by_line(words: TermList) -> None:
    report = preview(
        words,
        "\ufefftext,whole_word,note,expires_at\n"
        'promo,1,"from, a report",2027-01-31\n'
        "promo,0,,\n"
        "maybe,perhaps,,\n"
        "late,0,,31.1.2027\n"
        f"wordy,0,{'n' * 201},\n"
        f"{'长' * 101},0,,\n"
        '"a\u200b\x07b",0,,\n',
        is_csv=True,
    )
    (row,) = report.new
    assert (row.text, row.is_whole_word, row.note, str(row.expires_on)) == (
        "promo",
        True,
        "from, a report",
        "2027-01-31",
    )
    assert [fault.code for fault in report.faults] == [
        "repeated",
        "flag",
        "date",
        "note",
        "too_long",
        "control",
    ]


@pytest.mark.parametrize(
    ("data", "is_csv", "fault"),
    [
        (b"", False, "empty"),
        (b"# nothing\n\n", False, "empty"),
        (b"\xff\xff\xfe\x81", False, "encoding"),
        (b"word\nfoo\n", True, "columns"),
        (b"text,colour\nfoo,red\n", True, "columns"),
        (b"x" * (MAX_BYTES + 1), False, "too_large"),
        ("\n".join(f"w{number}" for number in range(MAX_ROWS + 1)).encode(), False, "too_many_rows"),
    ],
    ids=["no bytes", "no words", "encoding", "heading", "unknown column", "bytes", "rows"],
)
def test_a_file_that_is_no_word_list_is_refused_as_a_whole(
    words: TermList, data: bytes, is_csv: bool, fault: str
) -> None:
    with pytest.raises(TermFileRefused) as caught:
        preview(words, data, is_csv=is_csv)
    assert caught.value.details == {"fault": fault}


def test_what_was_exported_can_be_imported(words: TermList, senior: Any) -> None:
    data = 'text,whole_word,note,expires_at\n"a, b",1,why,2027-01-31\n刷单,0,,\n'.encode()
    terms_import(term_list=words, data=data, is_csv=True, by=senior)
    exported = "".join(terms_export(words)).encode()
    Term.objects.filter(term_list=words).delete()
    report = terms_import(term_list=words, data=exported, is_csv=True, by=senior)
    assert [(row.text, row.is_whole_word, row.note, str(row.expires_on)) for row in report.new] == [
        ("a, b", True, "why", "2027-01-31"),
        ("刷单", False, "", "None"),
    ]


def test_moderators_do_not_import(words: TermList, moderator: Any) -> None:
    with pytest.raises(PermissionRefused):
        terms_import(term_list=words, data=b"word", is_csv=False, by=moderator)


def test_a_quoted_line_break_stays_in_the_note_and_a_cell_too_long_refuses_the_file(
    words: TermList, senior: Any
) -> None:
    data = 'text,note\n琉璃瓦坊,"one\ntwo"\n'.encode()
    terms_import(term_list=words, data=data, is_csv=True, by=senior)
    assert Term.objects.get(term_list=words).note == "one\ntwo"
    with pytest.raises(TermFileRefused) as refused:
        preview(words, "text,note\n琉璃瓦坊," + "a" * 200_000, is_csv=True)
    assert refused.value.details == {"fault": "columns"}
