"""consent_give, consent_withdraw, consents_expire; consent_check: may this portrait be used like this?"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from moderation import subject_registry
from moderation.consent_wordings import CURRENT, WORDINGS
from moderation.errors import ConsentEnded, ConsentExpired, ConsentInvalid, ConsentMissing, ConsentScope
from moderation.models.consent import ConsentRecord, Relation
from moderation.services.audit import audit_append_all
from moderation.services.evidence import evidence_note
from moderation.services.sealing import text_seal, text_unseal
from moderation.states import CONSENT, ConsentState
from tongyi_portal.common import roles
from tongyi_portal.common.errors import TransitionRefused
from tongyi_portal.webhooks.services.events import event_emit

GIVEN, REPLACED = "moderation.consent.given", "moderation.consent.replaced"
_ENDED = {
    ConsentState.WITHDRAWN: "moderation.consent.withdrawn",
    ConsentState.EXPIRED: "moderation.consent.expired",
}
EXPIRED_AT_ONCE = 200


@dataclass(frozen=True)
class ConsentGiven:
    """What somebody agreed to, as they were asked.

    job_kinds: empty for every kind. name: of the person in the picture, where somebody else asked for it;
    guardian: name and contact, required for a minor. wording: version of the sentence that was shown.
    """

    relation: str = Relation.SELF
    is_minor: bool = False
    job_kinds: Sequence[str] = field(default_factory=tuple)
    allows_sharing: bool = False
    expires_at: datetime | None = None
    name: str = ""
    guardian: str = ""
    wording: str = CURRENT
    language: str = "en"


@transaction.atomic
def consent_give(
    *,
    subject_type: str,
    subject_id: uuid.UUID,
    owner: Any,
    given: ConsentGiven,
    channel: str,
    recorded_by: Any = None,
) -> ConsentRecord:
    """Record a consent; an earlier one to the use of the same portrait is replaced.

    recorded_by: staff who write down what the owner of the picture told them; None: the owner does.
    Raises ConsentInvalid.
    """
    by = recorded_by or owner
    _check(given)
    earlier = _in_force(subject_type, subject_id)
    if earlier is not None:
        CONSENT.move(earlier, ConsentState.REPLACED, ended_at=timezone.now(), ended_by=by)
    consent = ConsentRecord.objects.create(
        owner=owner,
        subject_type=subject_type,
        subject_id=subject_id,
        relation=given.relation,
        is_minor=given.is_minor or given.relation == Relation.GUARDIAN,
        job_kinds=sorted(set(given.job_kinds)),
        allows_sharing=given.allows_sharing,
        expires_at=given.expires_at,
        channel=channel,
        wording=given.wording,
        language=given.language,
        sealed_name=_sealed(owner.pk, given.name),
        sealed_guardian=_sealed(owner.pk, given.guardian),
    )
    notes = [evidence_note(REPLACED, earlier, by)] if earlier is not None else []
    audit_append_all([*notes, evidence_note(GIVEN, consent, by)])
    return consent


@transaction.atomic
def consent_withdraw(*, consent: ConsentRecord, by: Any) -> int:
    """Take down the portrait and everything made of it, at once; how many things that were.

    By whoever gave the consent, or by staff who may act for people. Raises PermissionRefused, ConsentEnded.
    """
    if consent.owner_id != by.pk:
        roles.require(by, roles.PEOPLE_MANAGE)
    return _end(consent, ConsentState.WITHDRAWN, by)


@transaction.atomic
def consent_expire(*, consent: ConsentRecord) -> int:
    """Do the same for a consent whose time is over. Raises ConsentEnded when somebody was faster."""
    return _end(consent, ConsentState.EXPIRED, None)


def consents_expired() -> list[ConsentRecord]:
    """Consents past their expiry whose pictures are still there, the oldest first."""
    due = ConsentRecord.objects.filter(state=ConsentState.GIVEN, expires_at__lte=timezone.now())
    return list(due.order_by("expires_at")[:EXPIRED_AT_ONCE])


def consent_check(*, subject_type: str, subject_id: uuid.UUID, job_kind: str, is_required: bool) -> None:
    """Let a portrait be used for a kind of job. A consent that there is holds also where none is required.

    Raises ConsentMissing, ConsentScope, ConsentExpired.
    """
    details: dict[str, Any] = {"subject_type": subject_type, "subject": str(subject_id)}
    consent = _in_force(subject_type, subject_id)
    if consent is None:
        if is_required:
            raise ConsentMissing(details=details)
        return
    if not consent.is_in_force_at(timezone.now()):
        raise ConsentExpired(details=details | {"consent": str(consent.pk)})
    if consent.job_kinds and job_kind not in consent.job_kinds:
        asked = {"consent": str(consent.pk), "job_kind": job_kind, "job_kinds": consent.job_kinds}
        raise ConsentScope(details=details | asked)


def consent_words(consent: ConsentRecord) -> tuple[str, str]:
    """Name and guardian in clear; empty once they were erased."""
    return _clear(consent.sealed_name), _clear(consent.sealed_guardian)


def _sealed(owner_id: uuid.UUID, text: str) -> uuid.UUID | None:
    return text_seal(owner_id=owner_id, text=text.strip()) if text.strip() else None


def _clear(sealed_id: uuid.UUID | None) -> str:
    return (text_unseal(sealed_id) or "") if sealed_id is not None else ""


def _in_force(subject_type: str, subject_id: uuid.UUID) -> ConsentRecord | None:
    given = ConsentRecord.objects.filter(state=ConsentState.GIVEN)
    return given.filter(subject_type=subject_type, subject_id=subject_id).first()


def _check(given: ConsentGiven) -> None:
    faults = []
    if given.relation not in Relation.values:
        faults.append("relation")
    if given.wording not in WORDINGS:
        faults.append("wording")
    if given.is_minor and given.relation != Relation.GUARDIAN:
        faults.append("relation")  # a minor cannot consent alone
    if given.relation == Relation.GUARDIAN and not given.guardian.strip():
        faults.append("guardian")
    if given.expires_at is not None and given.expires_at <= timezone.now():
        faults.append("expires_at")
    if faults:
        raise ConsentInvalid(details={"fields": sorted(set(faults))})


def _end(consent: ConsentRecord, state: ConsentState, by: Any) -> int:
    kind = subject_registry.subject_type(consent.subject_type)
    taken_down = kind.withdraw_consent(consent.subject_id)
    moment = timezone.now()
    try:
        CONSENT.move(consent, state, ended_at=moment, ended_by=by)
    except TransitionRefused as error:
        raise ConsentEnded(details={"state": consent.state}) from error
    event_emit(
        type="moderation.consent.withdrawn",
        owner_id=consent.owner_id,
        data={
            "consent": str(consent.pk),
            "subject": {"type": consent.subject_type, "id": str(consent.subject_id)},
            "taken_down": taken_down,
            "withdrawn_at": moment.isoformat(),
        },
    )
    audit_append_all([evidence_note(_ENDED[state], consent, by, taken_down=taken_down)])
    return taken_down
