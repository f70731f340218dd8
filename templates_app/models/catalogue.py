"""FeaturedSlot, CoverTest with its variants and viewers, CatalogueRevision: how templates are put forward."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from templates_app.models.preview import Preview
from templates_app.models.template import Authored, DanceTemplate
from templates_app.models.version import TemplateVersion
from tongyi_portal.common.models import TimestampedModel, UuidModel


class FeaturedSlot(UuidModel, TimestampedModel, Authored):
    """A template at the head of the catalogue from `starts_at` to `ends_at` (None: until it is removed)."""

    template = models.ForeignKey(
        DanceTemplate, models.CASCADE, related_name="featured_slots", verbose_name=_("template")
    )
    position = models.PositiveIntegerField(_("position"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("featured slot")
        verbose_name_plural = _("featured slots")
        ordering = ["position", "starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=models.F("starts_at")),
                name="featured_slot_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.template.name}"


class CoverTest(UuidModel, TimestampedModel, Authored):
    """Which of several covers of a version makes more people pick it. ended_at: None while it runs."""

    version = models.ForeignKey(
        TemplateVersion, models.CASCADE, related_name="cover_tests", verbose_name=_("version")
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("cover test")
        verbose_name_plural = _("cover tests")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=models.Q(ended_at__isnull=True), name="cover_test_one_runs"
            ),
        ]

    def __str__(self) -> str:
        return str(self.version)


class CoverVariant(models.Model):
    """One cover in a test. weight: its share of viewers is weight over the sum of all weights."""

    test = models.ForeignKey(CoverTest, models.CASCADE, related_name="variants", verbose_name=_("test"))
    preview = models.ForeignKey(Preview, models.CASCADE, related_name="+", verbose_name=_("cover"))
    weight = models.PositiveSmallIntegerField(_("weight"), default=1)

    class Meta:
        verbose_name = _("cover in a test")
        verbose_name_plural = _("covers in a test")
        ordering = ["test", "id"]
        constraints = [
            models.UniqueConstraint(fields=["test", "preview"], name="cover_variant_once"),
            models.CheckConstraint(condition=models.Q(weight__gte=1), name="cover_variant_has_weight"),
        ]

    def __str__(self) -> str:
        return str(self.preview)


class CoverView(models.Model):
    """A viewer was shown a variant, and may have picked the template after that.

    viewer: a keyed digest of the account, no account itself; the same viewer always sees the same variant.
    """

    variant = models.ForeignKey(
        CoverVariant, models.CASCADE, related_name="views", verbose_name=_("cover in a test")
    )
    viewer = models.CharField(_("viewer"), max_length=32)
    shown_at = models.DateTimeField(_("shown at"), auto_now_add=True)
    picked_at = models.DateTimeField(_("picked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("view of a cover")
        verbose_name_plural = _("views of covers")
        constraints = [models.UniqueConstraint(fields=["variant", "viewer"], name="cover_view_once")]

    def __str__(self) -> str:
        return f"{self.variant_id} {self.viewer[:8]}"


class CatalogueRevision(models.Model):
    """One row whose number grows with every change that a catalogue page could show; ETags are made of it."""

    number = models.PositiveBigIntegerField(_("number"), default=1)

    class Meta:
        verbose_name = _("catalogue revision")
        verbose_name_plural = _("catalogue revisions")

    def __str__(self) -> str:
        return str(self.number)
