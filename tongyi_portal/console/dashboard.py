"""The landing page: the live queue, the review backlog, today's numbers. Reads only."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncHour
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from generation.models import Job, Upload
from generation.states import WORKING, JobState, UploadState
from generation.texts import stage_text
from moderation.queue_selectors import backlog_counts_recent
from moderation.reports.figures import review_figures
from tongyi_portal.common import roles

RUNNING_SHOWN = 8
LEADERS_SHOWN = 8
TIMED_JOBS = 20_000  # medians of more would only be slower
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


def quantile(ordered: Sequence[float], part: float) -> float | None:
    """Nearest-rank quantile of an ascending sequence; None when it is empty."""
    if not ordered:
        return None
    return ordered[min(len(ordered) - 1, max(0, round(part * len(ordered) + 0.5) - 1))]


def today_start() -> datetime:
    """Midnight in the site's zone."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def seconds_text(seconds: float | None) -> str:
    """A duration for people: "–", "4.2 s", "3 min 05 s" or "2 h 10 min"."""
    if seconds is None:
        return "–"
    if seconds >= 3600:
        return gettext("%(hours)d h %(minutes)02d min") % {
            "hours": int(seconds // 3600),
            "minutes": int(seconds % 3600 // 60),
        }
    if seconds < 60:
        return gettext("%(seconds).1f s") % {"seconds": seconds}
    return gettext("%(minutes)d min %(seconds)02d s") % {
        "minutes": int(seconds // 60),
        "seconds": int(seconds % 60),
    }


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
    oldest = (
        Job.objects.filter(state=JobState.QUEUED)
        .order_by("queued_at")
        .values_list("queued_at", flat=True)
        .first()
    )
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
    """Since midnight in the site's zone: figures, jobs by hour, the templates in front.

    Wait and run time are of the newest TIMED_JOBS; the run time is the worker's, without any review.
    """
    since = today_start()
    jobs = Job.objects.filter(created_at__gte=since).order_by()
    by_state = dict(jobs.values_list("state").annotate(count=Count("id")))
    uploads = Upload.objects.filter(created_at__gte=since).aggregate(
        total=Count("id"),
        blocked=Count("id", filter=Q(state=UploadState.BLOCKED)),
        review=Count("id", filter=Q(state=UploadState.IN_REVIEW)),
    )
    newest = jobs.order_by("-created_at")
    times = newest.filter(queued_at__isnull=False).values_list("queued_at", "started_at")
    waits = sorted(
        (started - queued).total_seconds()
        for queued, started in times.filter(started_at__isnull=False)[:TIMED_JOBS]
        if started and queued
    )
    worked = newest.filter(work_seconds__isnull=False).values_list("work_seconds", flat=True)
    runs = sorted(seconds for seconds in worked[:TIMED_JOBS] if seconds is not None)
    done = by_state.get(JobState.SUCCEEDED, 0)
    lost = by_state.get(JobState.FAILED, 0)
    return {
        "since": since,
        "today_figures": [
            Figure(
                gettext("Photos uploaded"),
                str(uploads["total"]),
                gettext("%(blocked)d blocked, %(review)d in review") % uploads,
            ),
            Figure(
                gettext("Jobs submitted"),
                str(sum(by_state.values())),
                gettext("%(count)d rejected") % {"count": by_state.get(JobState.REJECTED, 0)},
            ),
            Figure(
                gettext("Videos finished"),
                str(done),
                gettext("%(count)d failed") % {"count": lost},
                tone="bad" if lost else "",
            ),
            Figure(
                gettext("Wait, median"),
                seconds_text(quantile(waits, 0.5)),
                gettext("95 %% wait less than %(time)s") % {"time": seconds_text(quantile(waits, 0.95))},
            ),
            Figure(
                gettext("Run time, median"),
                seconds_text(quantile(runs, 0.5)),
                gettext("95 %% run less than %(time)s") % {"time": seconds_text(quantile(runs, 0.95))},
            ),
        ],
        "hours": _hours(since),
        "leaders": _leaders(since),
    }


def _hours(since: datetime) -> list[dict[str, Any]]:
    """Jobs submitted and finished in each hour of today so far."""
    zone = timezone.get_current_timezone()
    per_hour: dict[Any, Any] = {
        row["hour"]: row
        for row in Job.objects.filter(created_at__gte=since)
        .annotate(hour=TruncHour("created_at", tzinfo=zone))
        .values("hour")
        .annotate(submitted=Count("id"), finished=Count("id", filter=Q(state=JobState.SUCCEEDED)))
        .order_by("hour")
    }
    shown = []
    hour = since
    while hour <= timezone.localtime():
        row = per_hour.get(hour, {})
        shown.append({"hour": hour, "submitted": row.get("submitted", 0), "finished": row.get("finished", 0)})
        hour += timedelta(hours=1)
    return shown


def _leaders(since: datetime) -> list[dict[str, Any]]:
    """Today's templates by jobs, with each one's share in per cent."""
    rows = list(
        Job.objects.filter(created_at__gte=since, template_version__isnull=False)
        .values(
            "template_version__template__slug",
            "template_version__template__name_zh",
            "template_version__template__name_en",
        )
        .annotate(count=Count("id"))
        .order_by("-count")
    )
    total = sum(row["count"] for row in rows) or 1
    return [
        {
            "slug": row["template_version__template__slug"],
            "name_zh": row["template_version__template__name_zh"],
            "name_en": row["template_version__template__name_en"],
            "count": row["count"],
            "share": 100 * row["count"] / total,
        }
        for row in rows[:LEADERS_SHOWN]
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
