"""ReviewQueue and ServiceTarget: where an item waits, and how soon it should be decided."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation.models.choices import CategoryChoice
from tongyi_portal.common.models import TimestampedModel

DEFAULT_QUEUE = "general"


class ReviewQueue(TimestampedModel):
    """A part of the review work. An item enters the first queue, by position, that takes it.

    An empty list of categories, languages or surfaces takes all of them. Without members everybody who may
    decide works on it. The queue DEFAULT_QUEUE takes whatever no other queue takes.
    """

    slug = models.SlugField(_("key"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    categories = models.JSONField(_("categories"), default=list, blank=True)
    languages = models.JSONField(_("languages"), default=list, blank=True)
    surfaces = models.JSONField(_("surfaces"), default=list, blank=True)
    position = models.PositiveSmallIntegerField(
        _("position"), default=100, help_text=_("Queues with a lower number are asked first.")
    )
    needs_senior = models.BooleanField(_("for senior moderators only"), default=False)
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="review_queues",
        verbose_name=_("members"),
        help_text=_("Without members everybody who may decide works on this queue."),
    )

    class Meta:
        verbose_name = _("review queue")
        verbose_name_plural = _("review queues")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(slug=DEFAULT_QUEUE) | Q(categories=[], languages=[], surfaces=[]),
                name="reviewqueue_default_takes_all",
            )
        ]

    def __str__(self) -> str:
        return gettext(self.name)

    @property
    def is_default(self) -> bool:
        return self.slug == DEFAULT_QUEUE

    def takes(self, *, category: str, language: str, surface: str) -> bool:
        """Whether an item of this kind belongs here."""
        return (
            (not self.categories or category in self.categories)
            and (not self.languages or language in self.languages)
            and (not self.surfaces or surface in self.surfaces)
        )


class ServiceTarget(models.Model):
    """Within how many minutes a person should decide on content of a category."""

    category = models.CharField(
        _("category"), max_length=32, choices=CategoryChoice.choices, unique=True, editable=False
    )
    minutes = models.PositiveIntegerField(_("minutes"), validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = _("service target")
        verbose_name_plural = _("service targets")
        ordering = ["minutes", "category"]

    def __str__(self) -> str:
        return f"{self.get_category_display()}: {self.minutes}"
