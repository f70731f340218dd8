"""Take: the movement as it was got from a video or a file, before anybody edits it; it never changes."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from templates_app.models.motion import MotionVideo
from templates_app.models.template import Authored, DanceTemplate
from tongyi_portal.common.models import TimestampedModel, UuidModel


class TakeOrigin(models.TextChoices):
    VIDEO = "video", _("video")
    FILE = "file", _("pose file")
    VERSION = "version", _("another version")


class Take(UuidModel, TimestampedModel, Authored):
    """A PoseSequence in "uploads" whose people axis holds one track each, with what is known of it.

    tracks: for each track {"first_frame", "last_frame", "mean_confidence", "seen_share", "mean_height",
    "is_main"}. beats: seconds of the music's beats since the start. analysis: MotionAnalysis as JSON. notes:
    what an import left out or guessed. proxy_key: an H.264 copy of the video for browsers, frame k of which
    is frame k of the take. strip_key: a JPEG of small pictures, side by side. music_key: the video's sound.
    """

    template = models.ForeignKey(
        DanceTemplate, models.CASCADE, related_name="takes", verbose_name=_("template")
    )
    origin = models.CharField(_("origin"), max_length=8, choices=TakeOrigin.choices)
    source = models.OneToOneField(
        MotionVideo,
        models.PROTECT,
        related_name="take",
        null=True,
        blank=True,
        verbose_name=_("source video"),
    )
    file_name = models.CharField(_("file name"), max_length=200, blank=True)
    pose_key = models.CharField(_("pose file"), max_length=200, editable=False)
    pose_sha256 = models.CharField(_("pose digest"), max_length=64, editable=False)
    fps = models.FloatField(_("frames per second"))
    frame_count = models.PositiveIntegerField(_("frames"))
    track_count = models.PositiveSmallIntegerField(_("tracks"))
    aspect = models.FloatField(_("width over height"))
    tracks = models.JSONField(_("tracks"), default=list, editable=False)
    bpm = models.FloatField(_("beats per minute"), null=True, blank=True)
    beats = models.JSONField(_("beats"), default=list, editable=False)
    analysis = models.JSONField(_("analysis"), default=dict, editable=False)
    notes = models.JSONField(_("notes"), default=list, editable=False)
    proxy_key = models.CharField(_("video for browsers"), max_length=200, blank=True, editable=False)
    strip_key = models.CharField(_("strip of pictures"), max_length=200, blank=True, editable=False)
    music_key = models.CharField(_("music"), max_length=200, blank=True, editable=False)
    engine_key = models.CharField(_("engine"), max_length=40, blank=True, editable=False)
    engine_version = models.CharField(_("engine version"), max_length=20, blank=True, editable=False)

    class Meta:
        verbose_name = _("take")
        verbose_name_plural = pgettext_lazy("movements", "takes")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(frame_count__gte=1, track_count__gte=1, fps__gt=0),
                name="take_numbers_positive",
            ),
            models.CheckConstraint(
                condition=~models.Q(origin="video") | models.Q(source__isnull=False),
                name="take_of_video_has_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template.name}: {self.file_name or self.get_origin_display()}"
