"""version_submit, version_withdraw, version_clear, version_refuse, version_publish, version_retire,
template_retire."""

import tempfile
from collections.abc import Collection
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.selectors import verdicts_standing
from moderation.services.reviews import review_withdraw
from moderation.services.scanning import scan_picture, scan_video
from moderation.services.texts import scan_text
from moderation.taxonomy import Surface, Verdict
from templates_app.models import DanceTemplate, Preview, PreviewKind, TemplateVersion
from templates_app.selectors import template_words
from templates_app.services.announcing import version_announce
from templates_app.services.revision import catalogue_changed
from templates_app.states import VERSION, VersionState
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage
from tongyi_portal.common.errors import AppError, TransitionRefused
from tongyi_portal.vision.media import read_image

SUBJECT_KEY = "template_version"
NEEDED_PREVIEWS = frozenset({PreviewKind.COVER, PreviewKind.LOOP})


class PreviewMissing(AppError):
    """A version must be seen before anybody may publish it."""

    code = "preview_missing"
    http_status = 409
    default_message = _("The version needs a cover and a looping clip first.")


class VersionNotCleared(AppError):
    code = "version_not_cleared"
    http_status = 409
    default_message = _("Moderation has not cleared this version.")


class VersionNotInReview(AppError):
    code = "version_not_in_review"
    http_status = 409
    default_message = _("The version is not in review now; it may have been taken back.")


class PreviewsChanged(AppError):
    """What was scanned is not what the version shows by now."""

    code = "previews_changed"
    http_status = 409
    default_message = _("The previews were changed during the check; hand the version in again.")


def version_submit(*, version: TemplateVersion, by: User) -> TemplateVersion:
    """Hand a READY version to moderation: it is cleared, held for a person, or rejected.

    The template's words and the previews are scanned first and the version enters review together with the
    verdict on them, so a decision on anything older cannot clear it. Raises PermissionRefused,
    PreviewMissing, PreviewsChanged, TransitionRefused.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    previews = list(version.previews.filter(kind__in=NEEDED_PREVIEWS))
    absent = NEEDED_PREVIEWS - {preview.kind for preview in previews}
    if absent:
        raise PreviewMissing(details={"missing": sorted(absent)})
    if version.state != VersionState.READY:
        raise TransitionRefused(details={"target": VersionState.IN_REVIEW})
    verdict, reason_codes = _scan(version, previews)
    if not _enter_review(version, previews, verdict, reason_codes):
        raise PreviewsChanged
    return version


@transaction.atomic
def _enter_review(
    version: TemplateVersion, previews: Collection[Preview], verdict: str, reason_codes: list[str]
) -> bool:
    """Move a READY version by the verdict on `previews`; False when it has other previews by now.

    A block counts in any case.
    """
    locked = TemplateVersion.objects.select_for_update().get(pk=version.pk)
    shown = set(version.previews.filter(kind__in=NEEDED_PREVIEWS).values_list("pk", flat=True))
    is_unchanged = shown == {preview.pk for preview in previews}
    if locked.state == VersionState.READY and verdict != Verdict.BLOCK and not is_unchanged:
        review_withdraw(SUBJECT_KEY, version.pk)
        return False
    VERSION.move(
        version,
        VersionState.IN_REVIEW,
        guard={"state": VersionState.READY},
        cleared_at=None,
        reason_codes=reason_codes,
    )
    if verdict == Verdict.BLOCK:
        version_refuse(version=version, reason_codes=reason_codes)
    elif verdict == Verdict.PASS:
        version_clear(version=version)
    return True


@transaction.atomic
def version_withdraw(*, version: TemplateVersion, by: User) -> TemplateVersion:
    """Take a version back from review; nobody needs to decide on it then.

    Raises PermissionRefused, TransitionRefused.
    """
    roles.require(by, roles.TEMPLATE_EDIT)
    VERSION.move(version, VersionState.READY, cleared_at=None)
    review_withdraw(SUBJECT_KEY, version.pk)
    return version


@transaction.atomic
def version_clear(*, version: TemplateVersion) -> TemplateVersion:
    """Moderation has nothing against it: it may now be published.

    A rejected version returns to review, cleared, once no block stands on any of its previews any more.
    """
    if version.state == VersionState.REJECTED:
        if verdicts_standing(SUBJECT_KEY, [version.pk]).get(version.pk) == Verdict.BLOCK:
            return version
        VERSION.move(version, VersionState.IN_REVIEW)
    TemplateVersion.objects.filter(pk=version.pk, cleared_at__isnull=True).update(
        cleared_at=timezone.now(), reason_codes=[]
    )
    review_withdraw(SUBJECT_KEY, version.pk)
    version.refresh_from_db()
    return version


@transaction.atomic
def version_refuse(*, version: TemplateVersion, reason_codes: Collection[str]) -> TemplateVersion:
    """Moderation refuses it; when it was live, it leaves the library at once. Raises TransitionRefused."""
    VERSION.move(version, VersionState.REJECTED, reason_codes=list(reason_codes), cleared_at=None)
    review_withdraw(SUBJECT_KEY, version.pk)
    _take_off(version)
    return version


@transaction.atomic
def version_publish(*, version: TemplateVersion, by: User) -> TemplateVersion:
    """Make a cleared version live and retire the one before it; also brings a retired one back (roll back).

    Raises PermissionRefused, VersionNotCleared, TransitionRefused.
    """
    roles.require(by, roles.TEMPLATE_PUBLISH)
    template = DanceTemplate.objects.select_for_update(of=("self",)).get(pk=version.template_id)
    version.refresh_from_db()
    if version.state == VersionState.IN_REVIEW and version.cleared_at is None:
        raise VersionNotCleared
    for live in template.versions.filter(state=VersionState.PUBLISHED):
        VERSION.move(live, VersionState.RETIRED)
    VERSION.move(
        version,
        VersionState.PUBLISHED,
        guard={"cleared_at__isnull": False},
        published_at=version.published_at or timezone.now(),
    )
    DanceTemplate.objects.filter(pk=template.pk).update(live_version=version, updated_at=timezone.now())
    catalogue_changed()
    version_announce(version=version, is_live=True)
    return version


@transaction.atomic
def version_retire(*, version: TemplateVersion, by: User) -> TemplateVersion:
    """Take a published version off the library. Raises PermissionRefused, TransitionRefused."""
    roles.require(by, roles.TEMPLATE_PUBLISH)
    VERSION.move(version, VersionState.RETIRED)
    _take_off(version)
    return version


@transaction.atomic
def template_retire(*, template: DanceTemplate, by: User) -> DanceTemplate:
    """Take a template out of the library; its versions and the videos made with it stay.

    Retiring one that is not live changes nothing. Raises PermissionRefused.
    """
    roles.require(by, roles.TEMPLATE_PUBLISH)
    if template.live_version is not None:
        version_retire(version=template.live_version, by=by)
        template.refresh_from_db()
    return template


def _take_off(version: TemplateVersion) -> None:
    """Out of the catalogue, if it is what its template shows."""
    offered = DanceTemplate.objects.filter(pk=version.template_id, live_version=version)
    if offered.update(live_version=None, updated_at=timezone.now()):
        catalogue_changed()
        version_announce(version=version, is_live=False)


def _scan(version: TemplateVersion, previews: Collection[Preview]) -> tuple[str, list[str]]:
    """The strictest verdict over the template's words and the previews, with all reasons."""
    order = [Verdict.PASS, Verdict.REVIEW, Verdict.BLOCK]
    words = scan_text(
        subject_type=SUBJECT_KEY,
        subject_id=version.pk,
        surface=Surface.OUTPUT,
        text=template_words(version.template),
        owner_id=version.created_by_id,
    )
    worst, reasons = Verdict(words.verdict), set(words.reason_codes)
    with tempfile.TemporaryDirectory() as folder:
        for preview in previews:
            path = storage.fetch_to(storage.PREVIEWS, preview.key, Path(folder) / preview.kind)
            if preview.kind == PreviewKind.COVER:
                run = scan_picture(
                    subject_type=SUBJECT_KEY,
                    subject_id=version.pk,
                    surface=Surface.OUTPUT,
                    pixels=read_image(path),
                    owner_id=version.created_by_id,
                )
            else:
                run = scan_video(
                    subject_type=SUBJECT_KEY,
                    subject_id=version.pk,
                    surface=Surface.OUTPUT,
                    path=path,
                    owner_id=version.created_by_id,
                )
            worst = max(worst, Verdict(run.verdict), key=order.index)
            reasons |= set(run.reason_codes)
    return worst, sorted(reasons)
