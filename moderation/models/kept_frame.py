"""KeptFrame: the picture of a video's worst moment, kept with the scan that objected to it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from moderation.models.append_only import AppendOnlyModel
from moderation.models.scan import ScanRun
from tongyi_portal.common.models import UuidModel


class KeptFrame(UuidModel, AppendOnlyModel):
    """One frame as a JPEG in "uploads". The row stays when the picture is erased, and so does its digest.

    seconds: time code in the video. sha256: of the file. erased_at: since when nobody is shown it; key is
    emptied once the file is gone as well.
    """

    scan_run = models.OneToOneField(
        ScanRun, models.PROTECT, related_name="kept_frame", verbose_name=_("scan run")
    )
    seconds = models.FloatField(_("time code (s)"))
    key = models.CharField(_("key"), max_length=120, blank=True)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    byte_size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField(_("digest"), max_length=64)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)

    class Meta:
        verbose_name = _("kept frame")
        verbose_name_plural = _("kept frames")
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["erased_at"],
                condition=Q(erased_at__isnull=False) & ~Q(key=""),
                name="keptframe_to_wipe",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(key="") | Q(erased_at__isnull=False), name="keptframe_has_file_until_erased"
            )
        ]

    def __str__(self) -> str:
        return f"{self.scan_run_id}: {self.seconds:.1f} s"
