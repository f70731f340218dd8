"""What the reports on precision take for true: verdicts of people that stand, on ordinary and audit items.

Gold items and blind second reviews are left out, because they repeat an item that counts already. A decision
that was overridden counts as what replaced it.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from moderation.models.choices import CategoryChoice, SurfaceChoice
from moderation.models.decision import Decision
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.models.scan import ScanPurpose
from moderation.states import ReviewState
from moderation.statistics import ENOUGH, Estimate, wilson
from moderation.taxonomy import Verdict
from tongyi_portal.common import roles
from tongyi_portal.common.reports import Asked, ChoiceFilter, Column, ColumnKind

READERS = ("moderation.view_decision", roles.USAGE_VIEW)
DECIDED = (ReviewState.APPROVED, ReviewState.REFUSED)
JUDGED = (ReviewPurpose.ORDINARY, ReviewPurpose.AUDIT)
SURFACES = ChoiceFilter("surface", _("surface"), lambda: SurfaceChoice.choices)
CATEGORIES = ChoiceFilter("category", _("category"), lambda: CategoryChoice.choices)
TRUTH_NOTE = _(
    "True is what people decided and what still stands; an overridden decision counts as the one that "
    "replaced it. Gold items and second reviews are not counted again."
)
FEW_NOTE = _("Fewer than 30 decided items say little; such rows are marked, and their intervals are wide.")


def judged_items(asked: Asked) -> QuerySet[ReviewItem]:
    """Items on content scanned in the period that a person has decided, of the chosen surface."""
    since, until = asked.moments
    items = ReviewItem.objects.filter(
        purpose__in=JUDGED,
        state__in=DECIDED,
        scan_run__created_at__gte=since,
        scan_run__created_at__lt=until,
        scan_run__purpose=ScanPurpose.ADMISSION,
    )
    surface = asked.choice(SURFACES.key)
    return items.filter(surface=surface).order_by() if surface else items.order_by()


def is_refused() -> Q:
    """True of an item whose content should not pass, by what stands now."""
    standing = Decision.objects.filter(
        overrides__isnull=False, by__isnull=False, overridden_by__isnull=True, scan_run__isnull=False
    )
    blocked = standing.filter(verdict=Verdict.BLOCK).order_by().values("scan_run_id")
    passed = standing.filter(verdict=Verdict.PASS).order_by().values("scan_run_id")
    return Q(scan_run_id__in=blocked) | (Q(state=ReviewState.REFUSED) & ~Q(scan_run_id__in=passed))


def rules_met() -> Q:
    """For one filter() on items: each finding beside the rules that asked for review or block for it."""
    rule, finding = "scan_run__policy__rules", "scan_run__findings"
    surface, kind = f"{rule}__surface", f"{rule}__job_kind"
    return (
        Q(scan_run__verdict__in=[Verdict.REVIEW, Verdict.BLOCK])  # what passed met none
        & Q(**{f"{rule}__category": F(f"{finding}__category")})
        & Q(**{f"{rule}__min_severity__lte": F(f"{finding}__severity")})
        & Q(**{f"{rule}__min_confidence__lte": F(f"{finding}__confidence")})
        & Q(**{f"{rule}__verdict__in": [Verdict.REVIEW, Verdict.BLOCK]})
        & (Q(**{surface: "any"}) | Q(**{surface: F("scan_run__surface")}))
        & (Q(**{kind: "any"}) | Q(**{kind: F("scan_run__job_kind")}))
    )


PRECISION_COLUMNS = (
    Column("flagged", _("decided"), help=_("How many flagged items people decided."), is_compared=True),
    Column("refused", _("refused"), help=_("How many of them people refused.")),
    Column(
        "precision",
        _("precision"),
        ColumnKind.PERCENT,
        _("Refused of decided, with Wilson's interval of 95 %."),
        is_compared=True,
        low="precision_low",
        high="precision_high",
    ),
    Column("precision_low", _("precision, lower bound"), ColumnKind.PERCENT),
    Column("precision_high", _("precision, upper bound"), ColumnKind.PERCENT),
    Column("is_enough", _("enough data"), ColumnKind.FLAG, _("At least 30 decided items.")),
)


def precision_cells(flagged: int, refused: int) -> dict[str, Any]:
    """The cells of PRECISION_COLUMNS."""
    return {
        "flagged": flagged,
        "refused": refused,
        **percent_cells("precision", wilson(refused, flagged)),
        "is_enough": flagged >= ENOUGH,
    }


def percent_cells(key: str, share: Estimate | None) -> Mapping[str, float | None]:
    """A share and its bounds in per cent."""
    if share is None:
        return {key: None, f"{key}_low": None, f"{key}_high": None}
    return {key: 100 * share.value, f"{key}_low": 100 * share.low, f"{key}_high": 100 * share.high}
