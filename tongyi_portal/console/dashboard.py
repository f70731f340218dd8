"""The landing page: the live queue, the review backlog, today's numbers. Reads only."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from generation.models import Job, Upload
from generation.reports.usage_base import library_kinds
from generation.selectors import oldest_queued_at
from generation.states import WORKING, JobState, UploadState
from generation.texts import stage_text
from moderation.queue_selectors import backlog_counts_recent
from moderation.reports.figures import review_figures
from templates_app.models import DanceTemplate
from tongyi_portal.common import roles
from tongyi_portal.common.report_periods import Period, Preset, preset_period
from tongyi_portal.common.report_texts import seconds_text
from tongyi_portal.usage.histograms import quantile_seconds
from tongyi_portal.usage.local_slots import HOUR, local_slots
from tongyi_portal.usage.models import Measure, UsageKind
from tongyi_portal.usage.queries import (
    Wanted,
    counts_by_slot,
    fresh_to,
    kind_totals,
    template_totals,
    times_together,
)

RUNNING_SHOWN = 8
LEADERS_SHOWN = 8
COUNTED = tuple(
    kind.value for kind in (UsageKind.SUBMITTED, UsageKind.FINISHED, UsageKind.FAILED, UsageKind.CANCELLED)
)
CHART_OPTIONS = {
    "responsive": True,
    "maintainAspectRatio": False,
    "animation": False,
    "scales": {
        "x": {"grid": {"display": False}},
        "y": {"beginAtZero": True, "ticks": {"precision": 0}},
    },
    "plugins": {"legend": {"align": "end", "labels": {"boxWidth": 12}}},
}


@dataclass(frozen=True)
class Figure:
    """One number of the page. link: where the rows behind it are listed."""

    title: str
    value: str
    note: str = ""
    link: str = ""
    tone: str = ""


def today_start() -> datetime:
    """Midnight in the site's zone."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def live_context(user: Any) -> dict[str, Any]:
    """Queue, running jobs and review backlog as they stand now."""
    context: dict[str, Any] = {"now": timezone.localtime(), "figures": [], "running": []}
    if user.has_perm("generation.view_job"):
        context["figures"] += _queue_figures()
        context["running"] = [
            (job, stage_text(job.stage))
            for job in Job.objects.filter(state__in=WORKING)
            .select_related("template_version__template", "owner")
            .order_by("started_at")[:RUNNING_SHOWN]
        ]
    if user.has_perm("moderation.view_reviewitem"):
        backlog = backlog_counts_recent()
        context["figures"].append(
            Figure(
                gettext("Waiting for review"),
                str(backlog.undecided),
                gettext("%(count)d overdue") % {"count": backlog.overdue},
                "admin:moderation_reviewitem_changelist",
                "bad" if backlog.overdue else "",
            )
        )
        context["figures"] += _review_figures()
    return context


def _review_figures() -> list[Figure]:
    """How fast and how alike people decide; each leads to its report."""
    kept = review_figures()
    share = f"{100 * kept.agreement:.0f} %" if kept.agreement is not None else "–"
    return [
        Figure(
            gettext("Time to decision, median"),
            seconds_text(kept.wait_p50),
            gettext("7 days; 95 %% within %(time)s") % {"time": seconds_text(kept.wait_p95)},
            "admin:reports",
        ),
        Figure(
            gettext("Agreement of reviewers"),
            share,
            gettext("30 days; %(count)d second reviews") % {"count": kept.pairs},
            "admin:reports",
        ),
    ]


def _queue_figures() -> list[Figure]:
    counts = dict(
        Job.objects.exclude(state__in=["succeeded", "rejected", "failed", "cancelled"])
        .order_by()
        .values_list("state")
        .annotate(count=Count("id"))
    )
    oldest = oldest_queued_at()
    waiting = (timezone.now() - oldest).total_seconds() if oldest else None
    jobs = "admin:generation_job_changelist"
    return [
        Figure(
            gettext("Queued"),
            str(counts.get(JobState.QUEUED, 0)),
            gettext("oldest waits %(time)s") % {"time": seconds_text(waiting)},
            jobs,
        ),
        Figure(
            gettext("Running"),
            str(counts.get(JobState.RUNNING, 0) + counts.get(JobState.CHECKING, 0)),
            gettext("%(count)d held for a review") % {"count": counts.get(JobState.HELD, 0)},
            jobs,
        ),
    ]


def today_context() -> dict[str, Any]:
    """Since midnight in the site's zone: figures, videos by hour, the templates in front.

    All but the uploads' states come from the sums, as on the page "Usage": times are right within 5 %.
    """
    now, since = timezone.now(), today_start()
    today = preset_period(Preset.TODAY, now)
    wanted = Wanted(since, now, without=library_kinds())
    counts = kind_totals(wanted)
    uploads = Upload.objects.filter(created_at__gte=since).aggregate(
        total=Count("id"),
        blocked=Count("id", filter=Q(state=UploadState.BLOCKED)),
        review=Count("id", filter=Q(state=UploadState.IN_REVIEW)),
    )
    waits, runs = (times_together(wanted, measure) for measure in (Measure.WAIT, Measure.RUN))
    lost = counts[UsageKind.FAILED]
    return {
        "since": since,
        "fresh_to": timezone.localtime(fresh_to() or now),
        "today_figures": [
            Figure(
                gettext("Photos uploaded"),
                str(uploads["total"]),
                gettext("%(blocked)d blocked, %(review)d in review") % uploads,
            ),
            Figure(
                gettext("Jobs submitted"),
                str(counts[UsageKind.SUBMITTED]),
                gettext("%(count)d cancelled") % {"count": counts[UsageKind.CANCELLED]},
            ),
            Figure(
                gettext("Videos finished"),
                str(counts[UsageKind.FINISHED]),
                gettext("%(count)d failed") % {"count": lost},
                tone="bad" if lost else "",
            ),
            Figure(
                gettext("Wait, median"),
                seconds_text(quantile_seconds(waits, 0.5)),
                gettext("95 %% wait less than %(time)s")
                % {"time": seconds_text(quantile_seconds(waits, 0.95))},
            ),
            Figure(
                gettext("Run time, median"),
                seconds_text(quantile_seconds(runs, 0.5)),
                gettext("95 %% run less than %(time)s")
                % {"time": seconds_text(quantile_seconds(runs, 0.95))},
            ),
        ],
        "hours": _hours(wanted),
        "leaders": _leaders(wanted, today),
    }


def _hours(wanted: Wanted) -> list[dict[str, Any]]:
    """Videos submitted and finished in each hour of today so far."""
    per_hour = counts_by_slot(wanted, COUNTED, HOUR)
    return [
        {
            "hour": hour,
            "submitted": per_hour.get(hour, {}).get(UsageKind.SUBMITTED, 0),
            "finished": per_hour.get(hour, {}).get(UsageKind.FINISHED, 0),
        }
        for hour in local_slots(wanted.since, wanted.until, HOUR)
    ]


def _leaders(wanted: Wanted, today: Period) -> list[dict[str, Any]]:
    """Today's templates by videos asked for, with each one's share in per cent."""
    totals = template_totals(wanted, today, (UsageKind.SUBMITTED.value,))
    counts = {template: found[UsageKind.SUBMITTED] for template, found in totals.items()}
    whole = sum(counts.values()) or 1
    first = sorted(counts, key=lambda template: -counts[template])[:LEADERS_SHOWN]
    names = DanceTemplate.objects.in_bulk(first)
    return [
        {
            "slug": names[template].slug,
            "name_zh": names[template].name_zh,
            "name_en": names[template].name_en,
            "count": counts[template],
            "share": 100 * counts[template] / whole,
        }
        for template in first
        if template in names
    ]


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds the page's numbers, as far as the user may see them."""
    context |= live_context(request.user)
    if request.user.has_perm(roles.USAGE_VIEW):
        context |= today_context()
        context["chart_options"] = json.dumps(CHART_OPTIONS)
        context["chart"] = json.dumps(
            {
                "labels": [f"{row['hour']:%H:%M}" for row in context["hours"]],
                "datasets": [
                    {
                        "label": gettext("submitted"),
                        "data": [row["submitted"] for row in context["hours"]],
                        "backgroundColor": "var(--color-primary-300)",
                        "maxBarThickness": 14,
                    },
                    {
                        "label": gettext("finished"),
                        "data": [row["finished"] for row in context["hours"]],
                        "backgroundColor": "var(--color-primary-700)",
                        "maxBarThickness": 14,
                    },
                ],
            }
        )
    return context
