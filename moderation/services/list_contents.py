"""list_note, contents_note, contents_begin, contents_verify: the audit chain knows what stands on every list.

Hash banks and term lists decide what is blocked. A row of theirs that somebody changes, puts in or takes out
behind the services' back is found: the chain keeps each list itself, and one sum over its rows, which every
service that writes them carries on from the sum in the chain, never from the rows as they happen to be.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from moderation.models.audit import AuditEntry
from moderation.models.bank import BankEntry, HashBank
from moderation.models.terms import Term, TermList
from moderation.services.audit import AuditNote, audit_append_all
from moderation.services.evidence import evidence_note, plain_value
from moderation.set_sums import SetSum

CONTENTS = "contents"
RECORDED = "moderation.list.recorded"
BEGUN = "moderation.lists.recording_begun"


@dataclass(frozen=True)
class Contents:
    """Rows of a list: their model, the field that names the list, and the fields that count.

    later: fields that older rows do not have; they count, with their names, where they are set, so that the
    sums of older rows stay true. Left out is who wrote a row, as an account may go; the chain names the actor
    of each step.
    """

    rows: type[models.Model]
    parent: str
    fields: tuple[str, ...]
    later: tuple[str, ...] = ()

    def weighed(self, rows: Iterable[Sequence[Any]]) -> SetSum:
        """The sum over the values of `fields` and `later` of each row."""
        return SetSum.of(list(self._plain(row)) for row in rows)

    def _plain(self, row: Sequence[Any]) -> Iterator[Any]:
        basic = len(self.fields)
        yield from map(plain_value, row[:basic])
        yield from (
            [name, plain_value(value)]
            for name, value in zip(self.later, row[basic:], strict=True)
            if value is not None
        )


CONTENTS_OF: Mapping[type[models.Model], Contents] = {
    HashBank: Contents(
        BankEntry,
        "bank",
        (
            *("id", "bank_id", "algorithm", "value", "note", "source_subject_type", "source_subject_id"),
            *("added_at", "removed_at", "removed_reason"),
        ),
        later=("same_as_id",),
    ),
    TermList: Contents(
        Term,
        "term_list",
        ("id", "term_list_id", "text", "is_whole_word", "views", "note", "expires_at", "is_enabled"),
    ),
}


def rows_weighed(rows: Iterable[models.Model]) -> SetSum:
    """The sum over rows in memory; call it before a change and after, and give both to contents_note."""
    total = SetSum()
    for row in rows:
        kind = _contents_with(row)
        total += kind.weighed([[getattr(row, name) for name in (*kind.fields, *kind.later)]])
    return total


def list_locked(given: models.Model) -> None:
    """Lock a list until the transaction ends: its sum is carried on by one writer at a time."""
    type(given)._default_manager.select_for_update().get(pk=given.pk)


def list_note(action: str, changed: models.Model, by: Any = None, **further: Any) -> AuditNote:
    """What to append once a list itself was made or changed."""
    fresh = type(changed)._default_manager.get(pk=changed.pk)
    return evidence_note(action, fresh, by, **further)


def contents_note(
    changed: models.Model, by: Any = None, *, before: SetSum | None = None, after: SetSum | None = None
) -> AuditNote:
    """What to append once rows of a list were written. Lock the list with list_locked first.

    before: the changed rows as they were, after: as they are now. At most one note for a list until it is
    appended: each carries on from the last in the chain.
    """
    total = _told_of(changed) - (before or SetSum()) + (after or SetSum())
    return list_note(RECORDED, changed, by, **{CONTENTS: total.as_json()})


def contents_begin() -> None:
    """Once in an installation's life: put all lists into the chain as they stand."""
    if AuditEntry.objects.filter(action=BEGUN).exists():
        return
    notes = []
    for model in CONTENTS_OF:
        for one in model._default_manager.order_by("pk"):
            notes.append(list_note(RECORDED, one, **{CONTENTS: _standing(one).as_json()}))
    audit_append_all([*notes, AuditNote(BEGUN, data={"lists": len(notes)})])


def contents_verify() -> list[str]:
    """Compare the rows of every list with the sum in the chain; a sentence for each list that differs."""
    faults = []
    for model in CONTENTS_OF:
        for one in model._default_manager.order_by("pk"):
            told, standing = _told_of(one), _standing(one)
            if told != standing:
                faults.append(
                    f"The rows of {model.__name__} {one.pk} differ from the audit chain: it tells of "
                    f"{told.count}, and there are {standing.count}."
                )
    return faults


def _told_of(given: models.Model) -> SetSum:
    """What the chain said last; nothing of a list that it does not know."""
    entries = AuditEntry.objects.filter(
        subject_type=given._meta.label_lower, subject_id=str(given.pk), data__has_key=CONTENTS
    )
    data = entries.order_by("-sequence").values_list("data", flat=True).first()
    return SetSum.from_json(data[CONTENTS]) if data is not None else SetSum()


def _standing(given: models.Model) -> SetSum:
    kind = CONTENTS_OF[type(given)]
    rows = kind.rows._default_manager.filter(**{kind.parent: given.pk}).order_by()
    return kind.weighed(rows.values_list(*kind.fields, *kind.later).iterator(chunk_size=2000))


def _contents_with(row: models.Model) -> Contents:
    return next(kind for kind in CONTENTS_OF.values() if isinstance(row, kind.rows))
