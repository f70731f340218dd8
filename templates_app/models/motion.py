"""MotionVideo: the clip that a template's movement is taken from; MotionPart: a piece of it on its way in."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from templates_app.models.template import DanceTemplate
from templates_app.states import MotionState
from tongyi_portal.common.models import TimestampedModel, UuidModel


class MotionVideo(UuidModel, TimestampedModel):
    """A dance video in the storage "uploads", kept privately: only those who edit templates see it.

    byte_size: as announced. received_bytes: how much has come. faults: what the probe found against the
    limits, each {"code", "message", "details"}. scan_id: the moderation's run. erased_at: the file is gone,
    the row stays. key: empty until it is whole, and again once it is erased.
    """

    template = models.ForeignKey(
        DanceTemplate, models.CASCADE, related_name="motions", verbose_name=_("template")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    file_name = models.CharField(_("file name"), max_length=200)
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=MotionState.choices,
        default=MotionState.RECEIVING,
        editable=False,
        db_index=True,
    )
    byte_size = models.PositiveBigIntegerField(_("bytes"))
    received_bytes = models.PositiveBigIntegerField(_("received bytes"), default=0, editable=False)
    key = models.CharField(_("file"), max_length=200, blank=True, editable=False)
    mime = models.CharField(_("media type"), max_length=40, blank=True, editable=False)
    sha256 = models.CharField(_("digest"), max_length=64, blank=True, editable=False, db_index=True)
    width = models.PositiveIntegerField(_("width"), null=True, editable=False)
    height = models.PositiveIntegerField(_("height"), null=True, editable=False)
    fps = models.FloatField(_("frames per second"), null=True, editable=False)
    duration_seconds = models.FloatField(_("seconds"), null=True, editable=False)
    codec = models.CharField(_("codec"), max_length=40, blank=True, editable=False)
    has_audio = models.BooleanField(_("has sound"), default=False, editable=False)
    faults = models.JSONField(_("faults"), default=list, editable=False)
    reason_codes = models.JSONField(_("reasons"), default=list, editable=False)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("dance video")
        verbose_name_plural = _("dance videos")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(received_bytes__lte=models.F("byte_size")),
                name="motion_not_more_than_announced",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="accepted") | ~models.Q(sha256=""), name="motion_accepted_is_whole"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class MotionPart(models.Model):
    """`length` bytes of a video from `offset` on, in the storage "uploads" until the video is whole."""

    motion = models.ForeignKey(MotionVideo, models.CASCADE, related_name="parts", verbose_name=_("video"))
    offset = models.PositiveBigIntegerField(_("offset"))
    length = models.PositiveBigIntegerField(_("length"))
    key = models.CharField(_("file"), max_length=200, editable=False)

    class Meta:
        verbose_name = _("part of a dance video")
        verbose_name_plural = _("parts of dance videos")
        ordering = ["motion", "offset"]
        constraints = [
            models.UniqueConstraint(fields=["motion", "offset"], name="motion_part_once"),
            models.CheckConstraint(condition=models.Q(length__gt=0), name="motion_part_holds_something"),
        ]

    def __str__(self) -> str:
        return f"{self.motion_id} {self.offset}+{self.length}"
