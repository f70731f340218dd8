"""consent_record_for, data_hand_out: what staff do with the data of people who ask them to."""

import uuid
from typing import Any

from django.db import transaction

from moderation.blindness import reviews_looking_ordinary_for
from moderation.errors import ReviewInHand
from moderation.models.consent import ConsentChannel, ConsentRecord
from moderation.services.audit import audit_append
from moderation.services.consents import ConsentGiven, consent_give
from moderation.services.erasure import owns
from moderation.services.rights_export import data_of
from moderation.services.strikes import refuse_staff
from moderation.subject_registry import subject_type
from tongyi_portal.common import roles
from tongyi_portal.common.errors import NotFound


@transaction.atomic
def consent_record_for(
    *, owner: Any, subject_key: str, subject_id: uuid.UUID, given: ConsentGiven, by: Any
) -> ConsentRecord:
    """Write down a consent that the owner of a picture gave to staff; the chain names who wrote it.

    Raises PermissionRefused, NotFound when the picture is not the owner's or is gone, ConsentInvalid.
    """
    roles.require(by, roles.PEOPLE_MANAGE)
    if not owns(owner.pk, subject_key, subject_id) or subject_type(subject_key).preview(subject_id) is None:
        raise NotFound(details={"field": "upload"})
    return consent_give(
        subject_type=subject_key,
        subject_id=subject_id,
        owner=owner,
        given=given,
        channel=ConsentChannel.API,
        recorded_by=by,
    )


@transaction.atomic
def data_hand_out(*, owner: Any, by: Any) -> dict[str, Any]:
    """All data of an account, for somebody who asked staff for their copy; the chain keeps who took it.

    Raises PermissionRefused, StaffAccountRefused, ReviewInHand: the copy tells what was decided on the
    account's content.
    """
    roles.require(by, roles.PEOPLE_MANAGE)
    refuse_staff(owner)
    if reviews_looking_ordinary_for(by).filter(owner_id=owner.pk).exists():
        raise ReviewInHand
    found = data_of(owner)
    audit_append(action="moderation.data.handed_out", subject=owner, actor=by)
    return found
