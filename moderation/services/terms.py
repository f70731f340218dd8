"""list_create, list_change, list_enable, term_add, term_change, term_remove, term_restore,
terms_install_starter.

Whatever changes what is found bumps the revision in the same transaction, so that every process reads the
lists again with its next scan.
"""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from moderation.models.terms import Term, TermList
from moderation.services.audit import AuditNote, audit_append, audit_append_all
from moderation.services.list_contents import contents_note, list_locked, list_note, rows_weighed
from moderation.services.revisions import TERMS, revision_bump
from moderation.set_sums import SetSum
from moderation.taxonomy import Category, Severity
from moderation.terms.entries import ListKind, View
from moderation.terms.files import word_cleaned, word_fault
from moderation.terms.starter import STARTER_LISTS
from moderation.text_errors import TermListTaken, TermRefused
from tongyi_portal.common import roles

_LIST_FIELDS = frozenset({"name", "kind", "category", "severity", "language", "note", "owner", "expires_at"})
_TERM_FIELDS = frozenset({"text", "is_whole_word", "views", "note", "expires_at", "is_enabled"})


@transaction.atomic
def list_create(
    *,
    name: str,
    kind: ListKind,
    category: Category,
    severity: Severity,
    language: str,
    by: Any,
    note: str = "",
    owner: Any = None,
    expires_at: datetime | None = None,
) -> TermList:
    """A new, empty list that counts at once. Raises PermissionRefused, TermListTaken."""
    roles.require(by, roles.TERMS_EDIT)
    if TermList.objects.filter(name=name).exists():
        raise TermListTaken(details={"name": name})
    made = TermList.objects.create(
        name=name,
        kind=kind,
        category=category,
        severity=severity,
        language=language,
        note=note,
        owner=owner if owner is not None else by,
        expires_at=expires_at,
    )
    revision_bump(TERMS)
    audit_append_all([list_note("moderation.term_list.created", made, by, **_list_facts(made))])
    return made


@transaction.atomic
def list_change(*, term_list: TermList, by: Any, **changes: Any) -> TermList:
    """Change a list's fields (name, kind, category, severity, language, note, owner, expires_at).

    Raises PermissionRefused, TermListTaken.
    """
    roles.require(by, roles.TERMS_EDIT)
    unknown = set(changes) - _LIST_FIELDS
    if unknown:
        raise TypeError(f"list_change takes {sorted(_LIST_FIELDS)}, got {sorted(unknown)}.")
    if TermList.objects.filter(name=changes.get("name", "")).exclude(pk=term_list.pk).exists():
        raise TermListTaken(details={"name": changes["name"]})
    for field, value in changes.items():
        setattr(term_list, field, value)
    term_list.save(update_fields=[*changes, "updated_at"])
    revision_bump(TERMS)
    facts = {**_list_facts(term_list), "fields": sorted(changes)}
    audit_append_all([list_note("moderation.term_list.changed", term_list, by, **facts)])
    return term_list


@transaction.atomic
def list_enable(*, term_list: TermList, is_enabled: bool, by: Any) -> TermList:
    """Switch a list on or off as a whole; setting what it is already changes nothing.

    Raises PermissionRefused.
    """
    roles.require(by, roles.TERMS_EDIT)
    if not TermList.objects.filter(pk=term_list.pk, is_enabled=not is_enabled).update(is_enabled=is_enabled):
        return term_list
    term_list.refresh_from_db()
    revision_bump(TERMS)
    action = "moderation.term_list.enabled" if is_enabled else "moderation.term_list.disabled"
    audit_append_all([list_note(action, term_list, by, **_list_facts(term_list))])
    return term_list


@transaction.atomic
def term_add(
    *,
    term_list: TermList,
    text: str,
    by: Any,
    is_whole_word: bool = False,
    views: list[View] | None = None,
    note: str = "",
    expires_at: datetime | None = None,
) -> Term:
    """Put a word on a list; one that was removed before is put back with these values.

    Raises PermissionRefused, TermRefused (details["fault"]: too_long, too_short, control, known).
    """
    roles.require(by, roles.TERMS_EDIT)
    word = _checked(text)
    values = {
        "is_whole_word": is_whole_word,
        "views": [str(view) for view in views or []],
        "note": note,
        "expires_at": expires_at,
        "is_enabled": True,
        "added_by": by,
    }
    list_locked(term_list)
    term, is_new = Term.objects.select_for_update().get_or_create(
        term_list=term_list, text=word, defaults=values
    )
    before = SetSum()
    if not is_new:
        before = rows_weighed([term])
        if term.is_enabled:
            raise TermRefused(details={"fault": "known", "term": str(term.pk)})
        for field, value in values.items():
            setattr(term, field, value)
        term.save()
    _written("moderation.term.added", term, by, before)
    return term


@transaction.atomic
def term_change(*, term: Term, by: Any, **changes: Any) -> Term:
    """Change a word or how it is looked for. Raises PermissionRefused, TermRefused."""
    roles.require(by, roles.TERMS_EDIT)
    unknown = set(changes) - _TERM_FIELDS
    if unknown:
        raise TypeError(f"term_change takes {sorted(_TERM_FIELDS)}, got {sorted(unknown)}.")
    if "text" in changes:
        changes["text"] = _checked(changes["text"])
    before = _locked(term)
    for field, value in changes.items():
        setattr(term, field, value)
    try:
        with transaction.atomic():
            term.save(update_fields=[*changes, "updated_at"])
    except IntegrityError as error:
        raise TermRefused(details={"fault": "known"}) from error
    _written("moderation.term.changed", term, by, before, fields=sorted(changes))
    return term


@transaction.atomic
def term_remove(*, term: Term, by: Any) -> Term:
    """Stop looking for a word. The row stays, so that what it found before can be explained.

    Removing it twice changes nothing. Raises PermissionRefused.
    """
    roles.require(by, roles.TERMS_EDIT)
    before = _locked(term)
    if Term.objects.filter(pk=term.pk, is_enabled=True).update(is_enabled=False):
        term.refresh_from_db()
        _written("moderation.term.removed", term, by, before)
    return term


@transaction.atomic
def term_restore(*, term: Term, by: Any) -> Term:
    """Look for a removed word again, as before. Doing it twice changes nothing. Raises PermissionRefused."""
    roles.require(by, roles.TERMS_EDIT)
    before = _locked(term)
    if Term.objects.filter(pk=term.pk, is_enabled=False).update(is_enabled=True):
        term.refresh_from_db()
        _written("moderation.term.added", term, by, before)
    return term


@transaction.atomic
def terms_install_starter() -> int:
    """Give a new installation its starter lists; 0 when there are lists, or have been."""
    if TermList.objects.exists():
        return 0
    count = 0
    for starter in STARTER_LISTS:
        made = TermList.objects.create(
            name=starter.name,
            kind=starter.kind,
            category=starter.category,
            severity=starter.severity,
            language=starter.language,
            note=starter.note,
            is_starter=True,
        )
        Term.objects.bulk_create(
            Term(term_list=made, text=word, is_whole_word=starter.language == "en") for word in starter.words
        )
        count += len(starter.words)
    revision_bump(TERMS)
    audit_append(action="moderation.terms.starter_installed", data={"terms": count})
    return count


def _locked(term: Term) -> SetSum:
    """Lock the word's list; what the word weighs as it stands."""
    list_locked(term.term_list)
    return rows_weighed([Term.objects.get(pk=term.pk)])


def _written(action: str, term: Term, by: Any, before: SetSum, **further: Any) -> None:
    """Make a changed word count everywhere, and tell the chain."""
    revision_bump(TERMS)
    after = rows_weighed([Term.objects.get(pk=term.pk)])
    note = AuditNote(action, term, by, {**_term_facts(term), **further})
    audit_append_all([note, contents_note(term.term_list, by, before=before, after=after)])


def _checked(text: str) -> str:
    word = word_cleaned(text)
    fault = word_fault(word)
    if fault is not None:
        raise TermRefused(details={"fault": fault})
    return word


def _list_facts(term_list: TermList) -> dict[str, Any]:
    return {
        "name": term_list.name,
        "kind": str(term_list.kind),
        "category": str(term_list.category),
        "severity": int(term_list.severity),
        "is_enabled": term_list.is_enabled,
        "expires_at": term_list.expires_at.isoformat() if term_list.expires_at else None,
    }


def _term_facts(term: Term) -> dict[str, Any]:
    """The chain keeps the word's id only: a listed word may be somebody's name."""
    return {"term_list": str(term.term_list_id), "is_enabled": term.is_enabled}
