"""UsageEvent: one thing that happened, without a word about whom; DaySalt: what a day's persons are hashed with."""

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
    constraint, only by its sequence. Nothing here leads to a person or to a row of theirs.

    at: when it happened. code: the verdict of MODERATED, the reason of CHECK_FAILED, the error code of
    FAILED. scanner: whose finding decided. surface: what was uploaded or moderated. app_id: the API token,
    none for the portal's own pages. engine: of STARTED, FINISHED and FAILED. subject_kind: what the photo
    shows. wait_ms: of STARTED, from queued to started. run_ms: of FINISHED and FAILED, the work of the
    last attempt. person: HMAC-SHA256 of the account under the day's salt, first 8 bytes, signed.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(_("at"), default=timezone.now)
    kind = models.CharField(_("kind"), max_length=12, choices=UsageKind.choices)
    code = models.CharField(_("code"), max_length=60, blank=True)
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
