"""Trying covers out: cover_test_start, cover_test_end, covers_shown_to, cover_view_record, cover_picked."""

import hmac
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.services.audit import audit_append
from moderation.statistics import Estimate, wilson
from templates_app.models import (
    CoverTest,
    CoverVariant,
    CoverView,
    DanceTemplate,
    Preview,
    PreviewKind,
    TemplateVersion,
)
from templates_app.services.gates import second_person_require
from templates_app.services.revision import catalogue_changed
from templates_app.states import VersionState
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.errors import AppError
from tongyi_portal.common.queue import enqueue

VIEW_TASK = "templates_app.tasks.light.record_cover_view"
MAX_VARIANTS, MAX_WEIGHT = 8, 1000
SEEN_SECONDS = 86_400  # how long a process remembers that a viewer was counted


class CoverNotFitting(AppError):
    """Details: the pointer to what does not fit."""

    code = "cover_not_fitting"
    http_status = 422
    default_message = _("A cover must be one of the cover pictures of this version.")


class CoverTestNotPossible(AppError):
    code = "cover_test_not_possible"
    http_status = 409
    default_message = _("Covers are tried out on a published version, one test at a time.")


class CoverTestOver(AppError):
    code = "cover_test_over"
    http_status = 409
    default_message = _("This test has ended.")


class VariantsInvalid(AppError):
    code = "cover_variants_invalid"
    http_status = 422
    default_message = _("Give two to eight different covers, each with a weight from 1 to 1000.")


@dataclass(frozen=True)
class VariantResult:
    """How often a variant was shown to somebody, and how many of them made a video with the template.

    share: picked over shown with its 95 % interval (Wilson); None before anybody saw it.
    """

    variant: CoverVariant
    shown: int
    picked: int
    share: Estimate | None


@transaction.atomic
def cover_test_start(
    *, version: TemplateVersion, variants: Sequence[tuple[Preview, int]], by: User
) -> CoverTest:
    """Show viewers of a published version one of several covers each, by their weights.

    Raises PermissionRefused, VersionNeedsSecondPerson, CoverTestNotPossible, VariantsInvalid,
    CoverNotFitting.
    """
    roles.require(by, roles.TEMPLATE_PUBLISH)
    second_person_require(version, by)
    previews = [preview for preview, _weight in variants]
    is_fitting = 2 <= len(variants) <= MAX_VARIANTS and len({preview.pk for preview in previews}) == len(
        variants
    )
    if not is_fitting or not all(1 <= weight <= MAX_WEIGHT for _preview, weight in variants):
        raise VariantsInvalid
    _require_covers(version, previews)
    locked = TemplateVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if locked.state != VersionState.PUBLISHED:
        raise CoverTestNotPossible(details={"state": locked.state})
    try:
        with transaction.atomic():
            test = CoverTest.objects.create(version=version, created_by=by)
    except IntegrityError as error:
        raise CoverTestNotPossible(details={"state": locked.state}) from error
    CoverVariant.objects.bulk_create(
        CoverVariant(test=test, preview=preview, weight=weight) for preview, weight in variants
    )
    catalogue_changed()
    told = [{"preview": str(preview.pk), "weight": weight} for preview, weight in variants]
    audit_append(action="templates.cover_test.started", subject=test, actor=by, data={"variants": told})
    return test


@transaction.atomic
def cover_test_end(*, test: CoverTest, winner: CoverVariant | None, by: User) -> CoverTest:
    """Stop trying covers out; everybody sees the winner's from now on, without one the cover from before.

    Choosing a winner takes a second person, as choosing any cover of a live version does. Raises
    PermissionRefused, VersionNeedsSecondPerson, CoverTestOver, CoverNotFitting for a variant of another test.
    """
    roles.require(by, roles.TEMPLATE_PUBLISH)
    if winner is not None:
        second_person_require(test.version, by)
    if winner is not None and winner.test_id != test.pk:
        raise CoverNotFitting(details={"field": "winner"})
    ended = CoverTest.objects.filter(pk=test.pk, ended_at__isnull=True).update(ended_at=timezone.now())
    if not ended:
        raise CoverTestOver
    test.refresh_from_db()
    if winner is not None:
        TemplateVersion.objects.filter(pk=test.version_id).update(
            cover_id=winner.preview_id, updated_at=timezone.now()
        )
    catalogue_changed()
    counts = {
        str(result.variant.preview_id): [result.shown, result.picked] for result in cover_test_results(test)
    }
    audit_append(
        action="templates.cover_test.ended",
        subject=test,
        actor=by,
        data={"winner": str(winner.preview_id) if winner else None, "shown_and_picked": counts},
    )
    return test


def cover_test_results(test: CoverTest) -> list[VariantResult]:
    """What came of a test so far, variant by variant."""
    variants = test.variants.select_related("preview").annotate(
        shown=Count("views"), picked=Count("views", filter=Q(views__picked_at__isnull=False))
    )
    return [
        VariantResult(variant, variant.shown, variant.picked, wilson(variant.picked, variant.shown))
        for variant in variants.order_by("pk")
    ]


def visitor_of(session_key: str) -> uuid.UUID:
    """Stands for a visitor without an account, by the session; from it nobody learns the session's key."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), b"cover-visitor" + session_key.encode(), "sha256")
    return uuid.UUID(bytes=digest[:16])


def covers_shown_to(user: Any, templates: Collection[DanceTemplate]) -> Mapping[uuid.UUID, Preview]:
    """For versions whose covers are tried out: the one that this account is shown, and counted as shown."""
    return covers_shown_to_viewer(user.pk, templates)


def covers_shown_to_viewer(
    viewer_id: uuid.UUID, templates: Collection[DanceTemplate]
) -> Mapping[uuid.UUID, Preview]:
    """The same for the key of an account or what visitor_of gives.

    One query; counting is left to a worker, so that a list neither waits for a lock nor fails for it.
    """
    version_ids = [template.live_version_id for template in templates]
    running = list(
        CoverVariant.objects.filter(test__ended_at__isnull=True, test__version__in=version_ids)
        .select_related("test", "preview")
        .order_by("test", "pk")
    )
    by_test: dict[uuid.UUID, list[CoverVariant]] = {}
    for variant in running:
        by_test.setdefault(variant.test_id, []).append(variant)
    chosen = {}
    for test_id, variants in by_test.items():
        viewer = viewer_of(test_id, viewer_id)
        variant = variant_for(variants, viewer)
        chosen[variant.test.version_id] = variant.preview
        _leave_to_count(variant, viewer)
    return chosen


def cover_view_record(*, variant_id: int, viewer: str) -> None:
    """Note that a viewer was shown a variant, once; after the end of the test nothing is noted any more."""
    if CoverVariant.objects.filter(pk=variant_id, test__ended_at__isnull=True).exists():
        CoverView.objects.bulk_create(
            [CoverView(variant_id=variant_id, viewer=viewer)], ignore_conflicts=True
        )


def cover_picked(*, version: TemplateVersion | None, account_id: uuid.UUID) -> None:
    """An account makes a video with a version: the cover that it was shown has served.

    Who was shown none (a visitor whose account is made with the first video) counts for none. One query
    without a test.
    """
    if version is None:
        return
    variants = list(
        CoverVariant.objects.filter(test__ended_at__isnull=True, test__version=version).order_by("pk")
    )
    if not variants:
        return
    viewer = viewer_of(variants[0].test_id, account_id)
    seen = CoverView.objects.filter(variant=variant_for(variants, viewer), viewer=viewer)
    seen.filter(picked_at__isnull=True).update(picked_at=timezone.now())


def viewer_of(test_id: uuid.UUID, account_id: uuid.UUID) -> str:
    """A digest that stands for an account in one test, and tells nobody which account it is."""
    message = b"cover-test" + test_id.bytes + account_id.bytes
    return hmac.digest(settings.SECRET_KEY.encode(), message, "sha256").hex()[:32]


def variant_for(variants: Sequence[CoverVariant], viewer: str) -> CoverVariant:
    """The same viewer always gets the same one; of many viewers, each gets its share by weight."""
    place = int(viewer[:16], 16) % sum(variant.weight for variant in variants)
    for variant in variants:
        place -= variant.weight
        if place < 0:
            return variant
    raise ValueError("a test without variants")


def _leave_to_count(variant: CoverVariant, viewer: str) -> None:
    if cache.add(f"cover-shown:{variant.pk}:{viewer}", True, SEEN_SECONDS):
        enqueue(VIEW_TASK, f"{variant.pk}:{viewer}")


def _require_covers(version: TemplateVersion, previews: Sequence[Preview]) -> None:
    for index, preview in enumerate(previews):
        if preview.version_id != version.pk or preview.kind != PreviewKind.COVER:
            raise CoverNotFitting(details={"field": f"variants/{index}", "preview": str(preview.pk)})
