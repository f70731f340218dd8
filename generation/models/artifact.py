"""Artifact: one labelled output file of a job."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from generation.models.job import Job
from generation.states import ArtifactState
from tongyi_portal.common.models import TimestampedModel, UuidModel
from tongyi_portal.common.storage import EXTENSIONS


class ArtifactRole(models.TextChoices):
    VIDEO = "video", _("video")
    COVER = "cover", _("cover picture")


class Artifact(UuidModel, TimestampedModel):
    """A file in the storage "outputs". Only a released one is served to its owner.

    label: what the file says of its origin (the AIGC mark as written into it). key: empty once the file of an
    erased one is gone. watched_at, downloaded_at, shared_at: when its owner did so for the first time.
    """

    job = models.ForeignKey(Job, models.CASCADE, related_name="artifacts", verbose_name=_("job"))
    role = models.CharField(_("role"), max_length=8, choices=ArtifactRole.choices)
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=ArtifactState.choices,
        default=ArtifactState.WITHHELD,
        db_index=True,
    )
    key = models.CharField(_("file"), max_length=200, editable=False)
    mime = models.CharField(_("media type"), max_length=40, editable=False)
    sha256 = models.CharField(_("digest"), max_length=64, editable=False, db_index=True)
    byte_size = models.PositiveBigIntegerField(_("bytes"), editable=False)
    width = models.PositiveIntegerField(_("width"), editable=False)
    height = models.PositiveIntegerField(_("height"), editable=False)
    duration_seconds = models.FloatField(_("seconds"), null=True, blank=True, editable=False)
    label = models.JSONField(_("AI label"), default=dict, editable=False)
    reason_codes = models.JSONField(_("reasons"), default=list, editable=False)
    watched_at = models.DateTimeField(_("watched at"), null=True, blank=True, editable=False)
    downloaded_at = models.DateTimeField(_("downloaded at"), null=True, blank=True, editable=False)
    shared_at = models.DateTimeField(_("shared at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("artifact")
        verbose_name_plural = _("artifacts")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["job", "role"], name="artifact_one_per_role"),
            models.CheckConstraint(
                condition=~models.Q(state="released") | ~models.Q(label={}),
                name="artifact_released_is_labelled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {str(self.job_id)[:8]}"

    @property
    def is_released(self) -> bool:
        return self.state == ArtifactState.RELEASED

    @property
    def download_name(self) -> str:
        """What a browser calls the saved file: template, start of the job's id, type."""
        version = self.job.template_version
        stem = version.template.slug if version else self.job.kind
        return f"{stem}-{self.job_id.hex[:8]}.{EXTENSIONS[self.mime]}"
