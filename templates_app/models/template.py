"""DanceTemplate: what a creator picks, with its Category and Tags."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from moderation.terms.folding import is_seen
from tongyi_portal.common.models import TimestampedModel, UuidModel


class BilingualName(models.Model):
    """A Chinese and an English name; `name` is the one for the reader's language."""

    name_zh = models.CharField(_("name (Chinese)"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=60)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse names of which a reader sees nothing."""
        super().clean()
        unseen = [name for name in ("name_zh", "name_en") if not is_seen(getattr(self, name))]
        if unseen:
            fault = ValidationError(_("Give a name that can be seen."), code="invisible")
            raise ValidationError(dict.fromkeys(unseen, fault))

    @property
    def name(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en


class Authored(models.Model):
    """A row that remembers who made it, for as long as the account is there."""

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        null=True,
        editable=False,
        verbose_name=_("created by"),
    )

    class Meta:
        abstract = True


class Category(BilingualName):
    """A shelf of the library. Every template stands on one."""

    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "slug"]


class Tag(BilingualName):
    """A word that templates can be found by."""

    slug = models.SlugField(_("slug"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["slug"]


NOT_FEATURED = 1_000_000


class DanceTemplate(UuidModel, TimestampedModel, Authored, BilingualName):
    """A dance with a stable slug. What it looks like is its `live_version`; without one it is not offered.

    search_text: every word that it can be found by, see services.search_texts. popularity: videos made with
    it in the last 28 days. trend: those of the last 7 days over those of the 7 days before.
    featured_position: the smallest of its slots that are on now, else NOT_FEATURED.
    """

    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    description_zh = models.TextField(_("description (Chinese)"), blank=True, max_length=1000)
    description_en = models.TextField(_("description (English)"), blank=True, max_length=1000)
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="templates", verbose_name=_("category")
    )
    tags = models.ManyToManyField(Tag, related_name="templates", blank=True, verbose_name=_("tags"))
    live_version = models.ForeignKey(
        "templates_app.TemplateVersion",
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("live version"),
    )
    position = models.PositiveIntegerField(
        _("position"), default=1000, help_text=_("Templates with a smaller number are shown first.")
    )
    search_text = models.TextField(_("words to search in"), blank=True, editable=False)
    popularity = models.PositiveIntegerField(
        _("videos in four weeks"), default=0, editable=False, db_index=True
    )
    trend = models.FloatField(_("trend"), default=0.0, editable=False, db_index=True)
    featured_position = models.PositiveIntegerField(
        _("featured position"), default=NOT_FEATURED, editable=False
    )
    is_demo = models.BooleanField(_("demonstration"), default=False, editable=False)

    class Meta:
        verbose_name = _("dance template")
        verbose_name_plural = _("dance templates")
        ordering = ["position", "slug"]
        indexes = [
            models.Index(fields=["featured_position", "position", "slug"], name="template_shelf_order"),
        ]

    @property
    def description(self) -> str:
        return self.description_zh if (get_language() or "").startswith("zh") else self.description_en

    @property
    def is_live(self) -> bool:
        return self.live_version_id is not None


class SearchEntry(models.Model):
    """A template's names alone, in a table narrow enough to be read whole: most searches end in it.

    names: the first part of its search text. popularity and slug: those of the template, for the order.
    """

    template = models.OneToOneField(
        DanceTemplate, models.CASCADE, primary_key=True, related_name="+", verbose_name=_("template")
    )
    names = models.TextField(_("names"))
    popularity = models.PositiveIntegerField(_("videos in four weeks"), default=0)
    slug = models.SlugField(_("slug"), max_length=60, db_index=False)

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")

    def __str__(self) -> str:
        return self.slug
