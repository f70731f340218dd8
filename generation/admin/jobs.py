"""Jobs in the console: read, play in place, cancel, retry, put back into the queue."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.decorators import display

from generation.admin.files import artifact_media, upload_picture
from generation.admin.kinds import KindFilter, NamesKind
from generation.blindness import jobs_shown_to
from generation.models import Job, JobInput
from generation.services.dead_letters import DEAD_LETTERS, job_requeue
from generation.services.jobs import job_cancel, job_retry
from generation.states import JobState
from generation.texts import stage_text
from moderation.texts import reasons_text
from tongyi_portal.common import roles
from tongyi_portal.common.admin import (
    EvidenceAdmin,
    ShortId,
    facts_table,
    for_each_row,
    json_list_text,
    staff_of,
)

JOB_COLOURS = {
    JobState.HELD: "warning",
    JobState.QUEUED: "info",
    JobState.RUNNING: "primary",
    JobState.CHECKING: "primary",
    JobState.IN_REVIEW: "warning",
    JobState.SUCCEEDED: "success",
    JobState.REJECTED: "danger",
    JobState.FAILED: "danger",
    JobState.CANCELLED: "info",
}


class GivenUpFilter(admin.SimpleListFilter):
    """Jobs whose attempts were used up, or that failed for no fault of what they were given."""

    title = _("given up")
    parameter_name = "given_up"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("yes"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Job]) -> models.QuerySet[Job]:
        return queryset.filter(DEAD_LETTERS) if self.value() else queryset


@admin.register(Job)
class JobAdmin(NamesKind, ShortId, EvidenceAdmin):
    list_display = (
        "clip",
        "short_id",
        "kind_name",
        "template",
        "owner",
        "status",
        "progress_bar",
        "waited",
        "created_at",
    )
    list_display_links = ("short_id",)
    list_filter = ("state", GivenUpFilter, "tier", KindFilter, "engine_key", "template_version__template")
    search_fields = ("id", "owner__username", "template_version__template__slug", "error_code")
    date_hierarchy = "created_at"
    actions = ("cancel", "retry", "requeue")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("large_clip", "photos"),
                    ("state", "stage_name"),
                    "progress_bar",
                    ("kind_name", "template_version"),
                    ("owner", "token"),
                    ("error_code", "error_message"),
                    "failed_attempts",
                    "reasons",
                )
            },
        ),
        (
            _("Times"),
            {
                "fields": (
                    ("created_at", "queued_at"),
                    ("started_at", "finished_at"),
                    ("not_before", "dead_at"),
                    ("waited", "ran"),
                    "stages",
                )
            },
        ),
        (
            _("Engine"),
            {"fields": (("engine_key", "engine_version"), ("tier", "worker"), ("attempt", "seed"), "wishes")},
        ),
        (_("Files"), {"fields": ("files",)}),
    )
    readonly_fields = (
        "large_clip",
        "photos",
        "kind_name",
        "stage_name",
        "progress_bar",
        "waited",
        "ran",
        "stages",
        "failed_attempts",
        "files",
        "reasons",
        "wishes",
    )

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Job]:
        return (
            jobs_shown_to(request.user, super().get_queryset(request))
            .select_related("owner", "token", "template_version__template")
            .prefetch_related(
                "artifacts", models.Prefetch("inputs", JobInput.objects.select_related("upload"))
            )
        )

    @display(description=_("result"))
    def clip(self, job: Job) -> SafeString:
        return artifact_media(list(job.artifacts.all()), "thumb")

    @display(description=_("result"))
    def large_clip(self, job: Job) -> SafeString:
        return artifact_media(list(job.artifacts.all()), "large")

    @display(description=_("photos"))
    def photos(self, job: Job) -> SafeString:
        return format_html_join(
            " ", "{}", ((upload_picture(job_input.upload, "large"),) for job_input in job.inputs.all())
        ) or SafeString("–")

    @display(description=_("template"), ordering="template_version__template__slug")
    def template(self, job: Job) -> str:
        return str(job.template_version.template) if job.template_version else "–"

    @display(description=_("stage"))
    def stage_name(self, job: Job) -> str:
        return stage_text(job.stage) or "–"

    @display(description=_("state"), label=JOB_COLOURS)
    def status(self, job: Job) -> tuple[str, str]:
        return job.state, job.get_state_display()

    @display(description=_("progress"), ordering="progress")
    def progress_bar(self, job: Job) -> SafeString:
        return format_html(
            '<progress class="portal-progress" max="100" value="{0}" aria-label="{1}"></progress> {0} %',
            round(job.progress * 100),
            _("progress"),
        )

    @display(description=_("waited (s)"))
    def waited(self, job: Job) -> str:
        if job.queued_at is None or job.started_at is None:
            return "–"
        return f"{(job.started_at - job.queued_at).total_seconds():.1f}"

    @display(description=_("ran (s)"), ordering="work_seconds")
    def ran(self, job: Job) -> str:
        """The worker's time alone: a review may take days."""
        return "–" if job.work_seconds is None else f"{job.work_seconds:.1f}"

    @display(description=_("seconds per stage"))
    def stages(self, job: Job) -> str:
        return json_list_text(
            f"{stage_text(stage)} {seconds:.2f}" for stage, seconds in job.stage_seconds.items()
        )

    @display(description=_("parameters"))
    def wishes(self, job: Job) -> SafeString:
        return facts_table(job.params)

    @display(description=_("failed attempts"))
    def failed_attempts(self, job: Job) -> SafeString:
        """Those that did not end the job, with the worker that had it."""
        return facts_table(
            {
                str(failed["attempt"]): f"{failed['code']}: {failed['message']} ({failed['worker']})"
                for failed in job.failures
            }
        )

    @display(description=_("reasons"))
    def reasons(self, job: Job) -> str:
        return reasons_text(job.reason_codes)

    @display(description=_("files"))
    def files(self, job: Job) -> SafeString:
        return format_html_join(
            "",
            '<p><a class="text-primary-600 dark:text-primary-500" href="{}">{}</a> · {} · {} B · {}</p>',
            (
                (
                    reverse("admin:generation_artifact_change", args=[artifact.pk]),
                    artifact.get_role_display(),
                    artifact.get_state_display(),
                    artifact.byte_size,
                    artifact.sha256[:16],
                )
                for artifact in job.artifacts.all()
            ),
        ) or SafeString("–")

    @admin.action(description=_("Cancel the selected jobs"), permissions=["operate"])
    def cancel(self, request: HttpRequest, jobs: models.QuerySet[Job]) -> None:
        for_each_row(
            request,
            jobs,
            lambda job: job_cancel(job=job, by=staff_of(request)),
            ngettext_lazy(
                "%(count)d job is being cancelled.", "%(count)d jobs are being cancelled.", "count"
            ),
        )

    @admin.action(description=_("Run the selected jobs again"), permissions=["operate"])
    def retry(self, request: HttpRequest, jobs: models.QuerySet[Job]) -> None:
        for_each_row(
            request,
            jobs,
            lambda job: job_retry(job=job, by=staff_of(request)),
            ngettext_lazy(
                "%(count)d job was queued again as a new job.",
                "%(count)d jobs were queued again as new jobs.",
                "count",
            ),
        )

    @admin.action(description=_("Put jobs that were given up back into the queue"), permissions=["operate"])
    def requeue(self, request: HttpRequest, jobs: models.QuerySet[Job]) -> None:
        for_each_row(
            request,
            jobs,
            lambda job: job_requeue(job=job, by=staff_of(request)),
            ngettext_lazy(
                "%(count)d job is back in the queue.", "%(count)d jobs are back in the queue.", "count"
            ),
        )

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.JOB_OPERATE))
