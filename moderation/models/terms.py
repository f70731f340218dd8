"""TermList and Term: the words that texts are searched for, and the words that are let be."""

from django.conf import settings
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation.models.choices import CategoryChoice, SeverityChoice
from moderation.terms.entries import ListKind, View
from tongyi_portal.common.models import TimestampedModel, UuidModel

MAX_TERM = 100


class ListKindChoice(models.TextChoices):
    BLOCK = ListKind.BLOCK.value, _("words to find")
    ALLOW = ListKind.ALLOW.value, _("words to let be")


class TermLanguage(models.TextChoices):
    CHINESE = "zh", _("Chinese")
    ENGLISH = "en", _("English")
    ANY = "any", _("any language")


class ViewChoice(models.TextChoices):
    """The readings of a text; only the first two may lead to a block."""

    RAW = View.RAW.value, _("as it stands")
    NFKC = View.NFKC.value, _("in other letter forms")
    SIMPLIFIED = View.SIMPLIFIED.value, _("in traditional characters")
    CONFUSABLES = View.CONFUSABLES.value, _("with look-alikes")
    SQUASHED = View.SQUASHED.value, _("split or stretched")
    PINYIN = View.PINYIN.value, _("by its sound")


class TermList(UuidModel, TimestampedModel):
    """Words of one harm. Editable at any time: a change counts with the next scan of every process.

    severity: 6 is blocked by the default policy, 4 reviewed. is_starter: came with the installation.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=ListKindChoice.choices, default="block")
    category = models.CharField(_("category"), max_length=32, choices=CategoryChoice.choices)
    severity = models.PositiveSmallIntegerField(
        _("severity"), choices=SeverityChoice.choices, default=SeverityChoice.SERIOUS
    )
    language = models.CharField(
        _("language"), max_length=4, choices=TermLanguage.choices, default=TermLanguage.ANY
    )
    note = models.TextField(_("note"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="term_lists",
        verbose_name=_("responsible"),
        limit_choices_to={"is_staff": True},
    )
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    is_starter = models.BooleanField(_("starter list"), default=False, editable=False)

    class Meta:
        verbose_name = _("term list")
        verbose_name_plural = _("term lists")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ListKindChoice.values), name="termlist_kind_known"),
            models.CheckConstraint(
                condition=Q(severity__in=SeverityChoice.values), name="termlist_severity_known"
            ),
            models.CheckConstraint(
                condition=Q(language__in=TermLanguage.values), name="termlist_language_known"
            ),
        ]

    def __str__(self) -> str:
        """A list that came with the portal has a name in the reader's language."""
        return gettext(self.name) if self.is_starter else self.name


class Term(UuidModel, TimestampedModel):
    """One word of a list. It is disabled rather than deleted, so that what it found can still be explained.

    views: readings it is looked for in; an empty list for those that suit its length and script.
    """

    term_list = models.ForeignKey(TermList, models.PROTECT, related_name="terms", verbose_name=_("list"))
    text = models.CharField(_("word"), max_length=MAX_TERM, validators=[MinLengthValidator(1)])
    is_whole_word = models.BooleanField(
        _("whole words only"),
        default=False,
        help_text=_("For Latin letters: not inside of a longer word."),
    )
    views = models.JSONField(_("readings"), default=list, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("added by"),
    )

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering = ["text", "id"]
        constraints = [
            models.UniqueConstraint(fields=["term_list", "text"], name="term_once_in_list"),
            models.CheckConstraint(condition=~Q(text=""), name="term_has_text"),
        ]

    def __str__(self) -> str:
        return self.text
