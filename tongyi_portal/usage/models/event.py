"""UsageEvent: one thing that happened, without a word about whom; DaySalt: for hashes of a day's persons."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UsageKind(models.TextChoices):
    UPLOAD = "upload", _("uploaded")
    CHECK_FAILED = "check_failed", _("check failed")
    MODERATED = "moderated", _("moderated")
    SUBMITTED = "submitted", _("submitted")
    STARTED = "started", _("started")
    FINISHED = "finished", _("finished")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    WATCHED = "watched", _("watched")
    DOWNLOADED = "downloaded", _("downloaded")
    SHARED = "shared", _("shared")
    DELETED = "deleted", _("deleted")
    APPEALED = "appealed", _("appealed")


class UsageEvent(models.Model):
    """Append-only; written by usage_record in the transaction of the change that it tells of.

    On PostgreSQL the table is partitioned by months of `at` (UTC), so `id` alone is not unique there by a
    constraint, only by its sequence. Nothing here names a person or a row of theirs; what the time can still
    tell is said in docs/usage.md.

    at: when it happened, as the row that it tells of says; of what persons do, the minute. code: the verdict
    of MODERATED, the first fault of CHECK_FAILED, the error code of FAILED, of CANCELLED why moderation ended
    the job (empty when a person did). reason: of MODERATED, the first reason behind the verdict. scanner:
    whose finding decided; empty when a person did, or when nothing was found. surface: what was uploaded,
    checked, moderated or deleted. app_id: the API token, none for the portal's own pages. engine: of a job.
    subject_kind: what the photo shows. wait_ms: of a job's first STARTED, from queued to started. run_ms: of
    FINISHED and FAILED, the work of the last attempt. person: of what a person does (not of what workers and
    moderators do): HMAC-SHA256 of the account under the day's salt, first 8 bytes, signed.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(_("at"), default=timezone.now)
    kind = models.CharField(_("kind"), max_length=12, choices=UsageKind.choices)
    code = models.CharField(_("code"), max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    scanner = models.CharField(_("scanner"), max_length=40, blank=True)
    surface = models.CharField(_("surface"), max_length=20, blank=True)
    job_kind = models.CharField(_("kind of job"), max_length=40, blank=True)
    engine = models.CharField(_("engine"), max_length=40, blank=True)
    app_id = models.UUIDField(_("app"), null=True, blank=True)
    template_id = models.UUIDField(_("template"), null=True, blank=True)
    subject_kind = models.CharField(_("kind of subject"), max_length=10, blank=True)
    wait_ms = models.PositiveBigIntegerField(_("wait in milliseconds"), null=True, blank=True)
    run_ms = models.PositiveBigIntegerField(_("work in milliseconds"), null=True, blank=True)
    person = models.BigIntegerField(_("person of the day"), null=True, blank=True)
    is_demo = models.BooleanField(_("demo data"), default=False)

    class Meta:
        verbose_name = _("usage event")
        verbose_name_plural = _("usage events")
        indexes = [models.Index(fields=["at"], name="usage_event_at")]  # a BRIN on PostgreSQL

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M:%S}"


class DaySalt(models.Model):
    """The secret of one day of the site's zone; deleted when the day's persons have been counted."""

    day = models.DateField(_("day"), primary_key=True)
    salt = models.BinaryField(_("salt"), max_length=32, editable=False)

    class Meta:
        verbose_name = _("salt of a day")
        verbose_name_plural = _("salts of days")

    def __str__(self) -> str:
        return str(self.day)
