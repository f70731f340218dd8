"""TemplateVersion: one movement of a template; immutable once it was published."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from templates_app.models.take import Take
from templates_app.models.template import Authored, DanceTemplate
from templates_app.states import VersionState
from tongyi_portal.common.errors import AppError
from tongyi_portal.common.models import TimestampedModel, UuidModel


class BodyStyle(models.TextChoices):
    FULL = "full", _("full body")
    HALF = "half", _("half body")


CHARACTER_CHARS = 40


class VersionFrozen(AppError):
    """Somebody tried to change the content of a version that was published."""

    code = "version_frozen"
    http_status = 409
    default_message = _("A published version cannot be changed; make a new version.")


class VersionQuerySet(models.QuerySet["TemplateVersion"]):
    def update(self, **changes: Any) -> int:
        """Refuses content changes that would reach a published version. Raises VersionFrozen."""
        touched = sorted(set(changes) & TemplateVersion.FROZEN)
        if touched and self.filter(published_at__isnull=False).exists():
            raise VersionFrozen(details={"fields": touched})
        return super().update(**changes)


class TemplateVersion(UuidModel, TimestampedModel, Authored):
    """A PoseSequence in storage with what is known of it. Only state and times change after publication.

    pose_key: npz file in the storage "uploads", named after its content. bpm: None when it has no beat.
    take, edits: what the movement was made from and how, MotionEdits as JSON; None and {} when it came whole.
    edits_revision: grows with each change of the edits. beats: seconds since its start. analysis:
    MotionAnalysis as JSON. music_key: the sound that fits the movement, AAC in "uploads", or empty.
    wanted_cover: the character whose cover is chosen once there are previews, as an import has it, or "".
    contributors: who besides its maker changed it before it was published: movement, tempo, cover, rights.
    cleared_at: moderation has nothing against it. publish_at, expire_at: when it is to go live and to retire.
    """

    FROZEN: ClassVar[frozenset[str]] = frozenset(
        {
            "template",
            "template_id",
            "number",
            "fps",
            "frame_count",
            "people_count",
            "duration_seconds",
            "bpm",
            "body_style",
            "is_loop",
            "pose_key",
            "pose_sha256",
            "take",
            "take_id",
            "edits",
            "edits_revision",
            "beats",
            "analysis",
            "music_key",
        }
    )

    template = models.ForeignKey(
        DanceTemplate, models.CASCADE, related_name="versions", verbose_name=_("template")
    )
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=VersionState.choices,
        default=VersionState.DRAFT,
        editable=False,
        db_index=True,
    )
    fps = models.FloatField(_("frames per second"))
    frame_count = models.PositiveIntegerField(_("frames"))
    people_count = models.PositiveSmallIntegerField(_("people"), default=1)
    duration_seconds = models.FloatField(_("seconds"))
    bpm = models.FloatField(_("beats per minute"), null=True, blank=True)
    body_style = models.CharField(
        _("body style"), max_length=4, choices=BodyStyle.choices, default=BodyStyle.FULL
    )
    is_loop = models.BooleanField(_("loops"), default=False)
    pose_key = models.CharField(_("pose file"), max_length=200, editable=False)
    pose_sha256 = models.CharField(_("pose digest"), max_length=64, editable=False)
    take = models.ForeignKey(
        Take,
        models.PROTECT,
        related_name="versions",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("take"),
    )
    edits = models.JSONField(_("edits"), default=dict, editable=False)
    edits_revision = models.PositiveIntegerField(_("revision of the edits"), default=0, editable=False)
    beats = models.JSONField(_("beats"), default=list, editable=False)
    analysis = models.JSONField(_("analysis"), default=dict, editable=False)
    music_key = models.CharField(_("music"), max_length=200, blank=True, editable=False)
    cover = models.ForeignKey(
        "templates_app.Preview",
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("chosen cover"),
    )
    wanted_cover = models.CharField(
        _("character of the wanted cover"),
        max_length=CHARACTER_CHARS,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        null=True,
        editable=False,
        verbose_name=_("handed in by"),
    )
    contributors = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", blank=True, editable=False, verbose_name=_("changed by")
    )
    preview_error = models.CharField(_("fault of the previews"), max_length=60, blank=True, editable=False)
    cleared_at = models.DateTimeField(_("cleared by moderation at"), null=True, blank=True, editable=False)
    reason_codes = models.JSONField(_("reasons"), default=list, editable=False)
    publish_at = models.DateTimeField(_("goes live at"), null=True, blank=True, editable=False)
    expire_at = models.DateTimeField(_("retires at"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("template version")
        verbose_name_plural = _("template versions")
        ordering = ["template", "-number"]
        permissions = [
            ("publish_templateversion", gettext_noop("Can make a template version live and retire it"))
        ]
        indexes = [models.Index(fields=["-published_at"], name="version_newest_first")]
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="version_number_unique"),
            models.UniqueConstraint(
                fields=["template"], condition=models.Q(state="published"), name="version_one_published"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["published", "retired"])
                | models.Q(published_at__isnull=False),
                name="version_published_has_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="published") | models.Q(cleared_at__isnull=False),
                name="version_published_is_cleared",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="scheduled")
                | models.Q(publish_at__isnull=False, cleared_at__isnull=False),
                name="version_scheduled_is_cleared",
            ),
            models.CheckConstraint(
                condition=models.Q(publish_at__isnull=True)
                | models.Q(expire_at__isnull=True)
                | models.Q(expire_at__gt=models.F("publish_at")),
                name="version_expires_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(frame_count__gte=1, people_count__gte=1, fps__gt=0, number__gte=1),
                name="version_numbers_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template.name} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refuses content changes to a published version. Raises VersionFrozen."""
        stored = TemplateVersion.objects.filter(pk=self.pk, published_at__isnull=False).first()
        touched = sorted(
            name
            for name in self.FROZEN
            if stored is not None and getattr(stored, name) != getattr(self, name)
        )
        if touched:
            raise VersionFrozen(details={"fields": touched})
        super().save(*args, **kwargs)
