"""Word lists: who may change them, what is refused, and that a change counts everywhere at once."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from moderation.models import AuditEntry, ListRevision, Term, TermList
from moderation.services import term_matching
from moderation.services.revisions import HASH_BANKS, TERMS, revision_bump, revision_of
from moderation.services.term_matching import matcher_current
from moderation.services.terms import (
    list_change,
    list_create,
    list_enable,
    term_add,
    term_change,
    term_remove,
    term_restore,
    terms_install_starter,
)
from moderation.taxonomy import Category, Severity
from moderation.terms.entries import ListKind, View
from moderation.terms.starter import STARTER_LISTS
from moderation.text_errors import TermListTaken, TermRefused
from tests.factories.moderation import member_of
from tongyi_portal.common import roles
from tongyi_portal.common.errors import PermissionRefused

pytestmark = pytest.mark.django_db


def make_list(by: Any, **fields: Any) -> TermList:
    given: dict[str, Any] = {
        "name": "A list",
        "kind": ListKind.BLOCK,
        "category": Category.HATE,
        "severity": Severity.EXTREME,
        "language": "any",
    }
    return list_create(by=by, **(given | fields))


def hits(text: str = "a frobnicator") -> list[str]:
    return [hit.category for hit in matcher_current().find(text)]


def test_a_new_installation_has_the_starter_lists() -> None:
    assert TermList.objects.filter(is_starter=True).count() == len(STARTER_LISTS)
    assert 100 < Term.objects.count() == sum(len(one.words) for one in STARTER_LISTS)
    assert hits("赌博网站") == ["regulated_goods", "regulated_goods"]
    assert terms_install_starter() == 0


def test_starter_lists_that_were_switched_off_stay_off(senior: Any) -> None:
    for one in TermList.objects.all():
        list_enable(term_list=one, is_enabled=False, by=senior)
    assert terms_install_starter() == 0
    assert hits("赌博网站") == []


def test_what_is_added_changed_and_removed_counts_with_the_next_look(senior: Any) -> None:
    mine = make_list(senior)
    assert hits() == []
    term = term_add(term_list=mine, text="  frobnicator ", by=senior)
    assert (term.text, hits()) == ("frobnicator", ["hate"])
    list_change(term_list=mine, by=senior, category=Category.ADS_SPAM)
    assert hits() == ["ads_spam"]
    term_change(term=term, by=senior, text="widget")
    assert (hits(), hits("a widget")) == ([], ["ads_spam"])
    list_enable(term_list=mine, is_enabled=False, by=senior)
    assert hits("a widget") == []
    list_enable(term_list=mine, is_enabled=True, by=senior)
    term_remove(term=term, by=senior)
    assert hits("a widget") == []
    term_restore(term=term, by=senior)
    assert hits("a widget") == ["ads_spam"]


def test_words_and_lists_end_when_they_expire(senior: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    soon, later = timezone.now() + timedelta(hours=1), timezone.now() + timedelta(hours=2)
    mine = make_list(senior, expires_at=later)
    term_add(term_list=mine, text="frobnicator", by=senior, expires_at=soon)
    term_add(term_list=mine, text="widget", by=senior)
    assert hits("a frobnicator, a widget") == ["hate", "hate"]
    for moment, expected in ((soon, ["hate"]), (later, [])):
        monkeypatch.setattr(term_matching.timezone, "now", lambda moment=moment: moment)
        assert hits("a frobnicator, a widget") == expected


def test_an_allow_list_takes_hits_away(senior: Any) -> None:
    term_add(term_list=make_list(senior), text="cunt", by=senior)
    allowed = make_list(senior, name="Places", kind=ListKind.ALLOW)
    assert hits("Scunthorpe") == ["hate"]
    term_add(term_list=allowed, text="Scunthorpe", by=senior)
    assert hits("Scunthorpe") == []


def test_a_word_says_in_which_readings_it_is_looked_for(senior: Any) -> None:
    term_add(term_list=make_list(senior), text="frobnicator", by=senior, views=[View.RAW])
    assert (hits(), hits("fr0bnicator")) == (["hate"], [])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "too_short"),
        ("x", "too_short"),
        ("的", "too_short"),
        ("\u200b", "control"),
        ("！", "too_short"),
        ("x" * 101, "too_long"),
    ],
)
def test_words_that_would_find_everything_or_nothing_are_refused(senior: Any, text: str, fault: str) -> None:
    with pytest.raises(TermRefused) as caught:
        term_add(term_list=make_list(senior), text=text, by=senior)
    assert caught.value.details["fault"] in {fault, "too_short"}


def test_a_word_stands_on_a_list_once_and_returns_when_it_was_removed(senior: Any) -> None:
    mine = make_list(senior)
    term = term_add(term_list=mine, text="frobnicator", by=senior, note="first")
    with pytest.raises(TermRefused) as caught:
        term_add(term_list=mine, text="frobnicator", by=senior)
    assert caught.value.details["fault"] == "known"
    term_remove(term=term, by=senior)
    again = term_add(term_list=mine, text="frobnicator", by=senior, note="second")
    assert (again.pk, again.note, hits()) == (term.pk, "second", ["hate"])


def test_two_lists_cannot_share_a_name(senior: Any) -> None:
    make_list(senior)
    with pytest.raises(TermListTaken):
        make_list(senior)
    other = make_list(senior, name="Another")
    with pytest.raises(TermListTaken):
        list_change(term_list=other, by=senior, name="A list")


def test_moderators_read_lists_and_seniors_change_them(moderator: Any, senior: Any) -> None:
    mine = make_list(senior)
    term = term_add(term_list=mine, text="frobnicator", by=senior)
    for act in (
        lambda: make_list(moderator, name="B"),
        lambda: list_change(term_list=mine, by=moderator, note="x"),
        lambda: list_enable(term_list=mine, is_enabled=False, by=moderator),
        lambda: term_add(term_list=mine, text="widget", by=moderator),
        lambda: term_change(term=term, by=moderator, note="x"),
        lambda: term_remove(term=term, by=moderator),
    ):
        with pytest.raises(PermissionRefused):
            act()


def test_every_change_is_in_the_audit_chain_without_the_word(senior: Any) -> None:
    mine = make_list(senior)
    term = term_add(term_list=mine, text="frobnicator", by=senior)
    term_change(term=term, by=senior, note="x")
    term_remove(term=term, by=senior)
    entries = AuditEntry.objects.filter(actor_id=senior.pk).order_by("sequence")
    steps = [entry.action.removeprefix("moderation.") for entry in entries]
    assert [step for step in steps if step != "list.recorded"] == [
        "term_list.created",
        "term.added",
        "term.changed",
        "term.removed",
    ]
    assert "frobnicator" not in str([entry.data for entry in entries])
    assert entries[3].subject_id == str(term.pk)


def test_a_change_that_is_rolled_back_leaves_no_trace_in_memory(senior: Any) -> None:
    mine = make_list(senior)
    with transaction.atomic():
        term_add(term_list=mine, text="frobnicator", by=senior)
        assert hits() == ["hate"]  # read by this process before the change was final
        transaction.set_rollback(True)
    assert hits() == []
    term_add(term_list=mine, text="widget", by=senior)
    assert (hits(), hits("a widget")) == ([], ["hate"])


def test_revisions_of_different_lists_are_counted_apart() -> None:
    before = revision_of(HASH_BANKS)
    first = revision_bump(TERMS)
    assert revision_bump(TERMS) > first
    assert revision_of(HASH_BANKS) == before
    assert revision_of("unheard of") == 0
    assert ListRevision.objects.get(key=TERMS).number == revision_of(TERMS)


_OTHER_PROCESS = """
import django, sys
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from moderation.services.term_matching import matcher_current
for _line in sys.stdin:
    print(len(matcher_current().find("a frobnicator")), flush=True)
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_another_process_finds_a_new_word_without_a_restart(project_root: Path) -> None:
    """Two real processes on one database: the change counts with the second one's next look."""
    senior = member_of(roles.SENIOR_MODERATOR, "lin")
    mine = make_list(senior)
    command = [sys.executable, "-c", _OTHER_PROCESS, str(connection.settings_dict["NAME"])]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=project_root
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None

        def look() -> int:
            other.stdin.write("\n")
            other.stdin.flush()
            return int(other.stdout.readline())

        assert look() == 0
        term = term_add(term_list=mine, text="frobnicator", by=senior)
        assert look() == 1
        term_remove(term=term, by=senior)
        assert look() == 0
        other.stdin.close()
