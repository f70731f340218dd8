"""A version is handed in: version_submit, version_check, version_withdraw, versions_unchecked."""

import logging
import tempfile
import uuid
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from moderation.models.scan import ScanRun
from moderation.services.audit import audit_append
from moderation.services.reviews import review_withdraw
from moderation.services.scanning import scan_picture, scan_video
from moderation.services.texts import scan_text
from moderation.taxonomy import Surface, Verdict
from templates_app.models import Preview, TemplateVersion
from templates_app.selectors import template_words
from templates_app.services.gates import length_require, previews_require, rights_require
from templates_app.services.publishing import (
    AUDIT,
    NOTHING_PLANNED,
    SUBJECT_KEY,
    version_clear,
    version_refuse,
)
from templates_app.states import VERSION, VersionState
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage
from tongyi_portal.common.errors import TransitionRefused
from tongyi_portal.common.queue import enqueue
from tongyi_portal.vision.media import MediaError, picture_count, read_image

logger = logging.getLogger(__name__)
CHECK_TASK = "templates_app.tasks.light.check_version"
UNCHECKED_AFTER = timedelta(minutes=5)
AT_ONCE = 200
STRICTER = (Verdict.PASS, Verdict.REVIEW, Verdict.BLOCK)
PREVIEWS_UNREADABLE = "previews_unreadable"


@transaction.atomic
def version_submit(*, version: TemplateVersion, by: User) -> TemplateVersion:
    """Hand a READY version to moderation: it is CHECKING until version_check has judged it.

    Raises PermissionRefused, MovementTooShort, PreviewMissing, RightsIncomplete, RightsNotInForce, and
    TransitionRefused for one that is not READY, also because it was handed in already.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    length_require(version.duration_seconds)
    previews_require(version)
    rights_require(version)
    VERSION.move(
        version,
        VersionState.CHECKING,
        guard={"state": VersionState.READY},
        reason_codes=[],
        submitted_by=by,
        **NOTHING_PLANNED,
    )
    audit_append(action=AUDIT + "submitted", subject=version, actor=by)
    enqueue(CHECK_TASK, version.pk)
    return version


@transaction.atomic
def version_withdraw(*, version: TemplateVersion, by: User) -> TemplateVersion:
    """Take a version back from its check or from review; nobody needs to decide on it then.

    Raises PermissionRefused, TransitionRefused.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    before = TemplateVersion.objects.select_for_update(of=("self",)).get(pk=version.pk).state
    if before not in {VersionState.CHECKING, VersionState.IN_REVIEW}:
        raise TransitionRefused(details={"target": VersionState.READY, "state": before})
    VERSION.move(version, VersionState.READY, guard={"state": before}, **NOTHING_PLANNED)
    review_withdraw(SUBJECT_KEY, version.pk)
    audit_append(action=AUDIT + "withdrawn", subject=version, actor=by)
    return version


def version_check(*, version: TemplateVersion) -> TemplateVersion:
    """Have a version that was handed in scanned: it is cleared, held for a person, or rejected.

    The template's words and all previews are scanned, moving pictures as clips are, and the version enters
    review together with the verdict on them, so a decision on anything older cannot clear it. A preview that
    cannot be read sends it back to whoever handed it in. Safe to run twice, also at the same time, and after
    it was killed anywhere. Raises StorageUnavailable.
    """
    version.refresh_from_db()
    if version.state != VersionState.CHECKING:
        return version
    previews, words = list(version.previews.all()), template_words(version.template)
    try:
        runs = list(_scans(version, previews, words))
    except (storage.FileMissing, MediaError):
        logger.exception("a preview cannot be read", extra={"version_id": str(version.pk)})
        return _send_back(version)
    verdict = max((Verdict(run.verdict) for run in runs), key=STRICTER.index)
    reason_codes = sorted({code for run in runs for code in run.reason_codes})
    _enter_review(version, previews, words, verdict, reason_codes)
    version.refresh_from_db()
    return version


def versions_unchecked() -> list[uuid.UUID]:
    """Versions whose check was cut off, or whose wake-up was lost."""
    before = timezone.now() - UNCHECKED_AFTER
    cut_off = TemplateVersion.objects.filter(state=VersionState.CHECKING, updated_at__lt=before)
    return list(cut_off.order_by("updated_at").values_list("pk", flat=True)[:AT_ONCE])


def _scans(version: TemplateVersion, previews: Collection[Preview], words: str) -> Iterator[ScanRun]:
    """A run for the words and one for each preview. Each shows that the check goes on."""
    common: dict[str, Any] = {
        "subject_type": SUBJECT_KEY,
        "subject_id": version.pk,
        "surface": Surface.OUTPUT,
        "owner_id": version.created_by_id,
    }
    checking = TemplateVersion.objects.filter(pk=version.pk, state=VersionState.CHECKING)
    yield scan_text(text=words, **common)
    with tempfile.TemporaryDirectory() as folder:
        for preview in previews:
            checking.update(updated_at=timezone.now())
            path = storage.fetch_to(storage.PREVIEWS, preview.key, Path(folder) / str(preview.pk))
            if preview.mime.startswith("video/") or picture_count(path) > 1:
                yield scan_video(path=path, **common)
            else:
                yield scan_picture(pixels=read_image(path), **common)


@transaction.atomic
def _enter_review(
    version: TemplateVersion,
    previews: Collection[Preview],
    words: str,
    verdict: Verdict,
    reason_codes: list[str],
) -> None:
    """Move a CHECKING version by the verdict on these previews and words; check anew when they are others."""
    locked = TemplateVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if locked.state != VersionState.CHECKING:  # taken back, or another check was faster
        if locked.state != VersionState.IN_REVIEW or locked.cleared_at is not None:
            review_withdraw(SUBJECT_KEY, version.pk)
        return
    shown = set(locked.previews.values_list("pk", flat=True))
    if shown != {preview.pk for preview in previews} or template_words(locked.template) != words:
        enqueue(CHECK_TASK, version.pk)
        return
    VERSION.move(locked, VersionState.IN_REVIEW, reason_codes=reason_codes)
    facts = {"verdict": str(verdict), "reasons": reason_codes}
    if verdict == Verdict.BLOCK:
        version_refuse(version=locked, reason_codes=reason_codes)
        audit_append(action=AUDIT + "refused", subject=locked, data=facts)
    elif verdict == Verdict.PASS:
        version_clear(version=locked)
        audit_append(action=AUDIT + "cleared", subject=locked, data=facts)
    else:
        audit_append(action=AUDIT + "held", subject=locked, data=facts)


@transaction.atomic
def _send_back(version: TemplateVersion) -> TemplateVersion:
    """It is READY again and says why; new previews may help."""
    reasons = [PREVIEWS_UNREADABLE]
    try:
        VERSION.move(
            version, VersionState.READY, guard={"state": VersionState.CHECKING}, reason_codes=reasons
        )
    except TransitionRefused:
        version.refresh_from_db()
        return version
    review_withdraw(SUBJECT_KEY, version.pk)
    audit_append(action=AUDIT + "returned", subject=version, data={"reasons": reasons})
    return version
