"""Job: one piece of work and its whole life; JobInput; IdempotencyKey."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from generation import fair_queue
from generation.models.upload import Upload
from generation.states import FINISHED, JobState
from templates_app.models import TemplateVersion
from tongyi_portal.accounts.models import ApiToken
from tongyi_portal.common.models import TimestampedModel, UuidModel


class JobTier(models.IntegerChoices):
    """Which jobs go first; somebody waits for an interactive one."""

    INTERACTIVE = fair_queue.INTERACTIVE, _("interactive")
    BATCH = fair_queue.BATCH, _("batch")


class Job(UuidModel, TimestampedModel):
    """The truth about a piece of work; messages of the broker are only wake-ups.

    work_units: how much is asked for, in the unit of its kind (seconds of video). progress: 0 to 1.
    work_seconds: how long the successful attempt took, without any wait for people. made_at: when it ended;
    finished_at waits for people.
    lease_token, lease_until: the worker that holds the job writes only while its token is stored here;
    worker: the process that took it last.
    not_before: a pause after a failed attempt. failures: of attempts that did not end the job, the last ones,
    {"attempt", "code", "message", "at", "worker"}. dead_at: when its attempts were used up; attempt_base: how
    many it had had when an operator queued it again. woken_at: no longer written. stage: stable name of what
    the engine is doing. error_details: for the owner, {"field": "photos.1"} where one of several photos is at
    fault. erased_at: when the owner had it erased; the row stays, without texts.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="jobs", verbose_name=_("owner")
    )
    token = models.ForeignKey(
        ApiToken, models.SET_NULL, related_name="jobs", null=True, blank=True, verbose_name=_("API token")
    )
    kind = models.CharField(_("kind"), max_length=40)
    params = models.JSONField(_("parameters"), default=dict)
    seed = models.PositiveBigIntegerField(_("seed"))
    template_version = models.ForeignKey(
        TemplateVersion,
        models.PROTECT,
        related_name="jobs",
        null=True,
        blank=True,
        verbose_name=_("template version"),
    )
    state = models.CharField(_("state"), max_length=12, choices=JobState.choices, default=JobState.QUEUED)
    tier = models.PositiveSmallIntegerField(
        _("tier"), choices=JobTier.choices, default=JobTier.INTERACTIVE, db_default=JobTier.INTERACTIVE
    )
    not_before = models.DateTimeField(_("not before"), null=True, blank=True, editable=False)
    stage = models.CharField(_("stage"), max_length=40, blank=True)
    progress = models.FloatField(_("progress"), default=0.0)
    work_units = models.FloatField(_("amount of work"), default=1.0)
    engine_key = models.CharField(_("engine"), max_length=40, blank=True)
    engine_version = models.CharField(_("engine version"), max_length=20, blank=True)
    work_seconds = models.FloatField(_("seconds of work"), null=True, blank=True, editable=False)
    stage_seconds = models.JSONField(_("seconds per stage"), default=dict, editable=False)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    attempt_base = models.PositiveSmallIntegerField(
        _("attempts before it was queued again"), default=0, db_default=0, editable=False
    )
    failures = models.JSONField(
        _("failed attempts"),
        default=list,
        db_default=models.Value([], output_field=models.JSONField()),
        editable=False,
    )
    dead_at = models.DateTimeField(_("given up at"), null=True, blank=True, editable=False)
    lease_token = models.CharField(_("lease token"), max_length=32, blank=True, editable=False)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True, editable=False)
    worker = models.CharField(_("worker"), max_length=120, blank=True, db_default="", editable=False)
    woken_at = models.DateTimeField(_("woken at"), null=True, blank=True, editable=False)
    cancel_requested = models.BooleanField(_("cancel requested"), default=False)
    error_code = models.CharField(_("error code"), max_length=60, blank=True)
    error_message = models.TextField(_("error message"), blank=True)
    error_details = models.JSONField(_("error details"), default=dict, editable=False)
    reason_codes = models.JSONField(_("reasons"), default=list, editable=False)
    queued_at = models.DateTimeField(_("queued at"), null=True, blank=True, editable=False)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True, editable=False)
    made_at = models.DateTimeField(_("result made at"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-created_at"]
        permissions = [
            ("operate_job", gettext_noop("Can cancel and retry anybody's jobs and change engine profiles")),
            ("view_usage", gettext_noop("Can see dashboard numbers and reports")),
        ]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="job_owner_newest"),
            models.Index(fields=["state", "queued_at"], name="job_queue"),
            models.Index(
                fields=["-finished_at"],
                condition=models.Q(finished_at__isnull=False, work_seconds__isnull=False),
                name="job_history",
            ),
            models.Index(fields=["engine_key", "engine_version", "started_at"], name="job_engine_versions"),
            models.Index(  # all that the order of the queue is worked out from
                fields=[
                    *("state", "not_before", "queued_at", "tier", "owner", "token"),
                    *("kind", "engine_key", "work_units", "id"),
                ],
                name="job_fair_queue",
            ),
            models.Index(fields=["started_at"], name="job_started"),
            models.Index(
                fields=["-dead_at"], condition=models.Q(dead_at__isnull=False), name="job_dead_letters"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state__in=["running", "checking"])
                | (~models.Q(lease_token="") & models.Q(lease_until__isnull=False)),
                name="job_working_has_lease",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="queued") | models.Q(queued_at__isnull=False),
                name="job_queued_has_time",
            ),
            models.CheckConstraint(
                condition=models.Q(progress__gte=0, progress__lte=1), name="job_progress_is_fraction"
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {str(self.id)[:8]}"

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED

    @property
    def coming_attempt(self) -> int:
        """Number of the attempt that goes on, is waited for, or was the last one; from 1."""
        return max(1, self.attempt + (self.state == JobState.QUEUED))


class JobInput(models.Model):
    """An upload that a job uses. `role`: what it is to the job, for example "photo"."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="inputs", verbose_name=_("job"))
    role = models.CharField(_("role"), max_length=20)
    upload = models.ForeignKey(Upload, models.PROTECT, related_name="job_inputs", verbose_name=_("upload"))

    class Meta:
        verbose_name = _("job input")
        verbose_name_plural = _("job inputs")
        constraints = [models.UniqueConstraint(fields=["job", "role"], name="job_input_one_per_role")]

    def __str__(self) -> str:
        return f"{self.role} of {self.job_id}"


class IdempotencyKey(TimestampedModel):
    """A key that an app sent with a submission: the same key and body give the same job."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="idempotency_keys", verbose_name=_("owner")
    )
    key = models.CharField(_("key"), max_length=200)
    body_sha256 = models.CharField(_("body digest"), max_length=64)
    job = models.ForeignKey(Job, models.CASCADE, related_name="idempotency_keys", verbose_name=_("job"))

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="idempotency_key_unique")]

    def __str__(self) -> str:
        return self.key
