"""StatementOfReasons: what the owner of an account was told, word for word, and the DSA's fields of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from moderation.models.append_only import AppendOnlyModel
from moderation.models.decision import Decision
from moderation.models.people import AccountMeasure, Strike
from tongyi_portal.common.models import UuidModel


class StatementKind(models.TextChoices):
    """What a statement tells."""

    CONTENT = "content", _("content refused")
    STRIKE = "strike", _("strike")
    LIMIT = "limit", _("account limited")
    SUSPENSION = "suspension", _("account suspended")
    RESTORED = "restored", _("decision taken back")
    UPHELD = "upheld", _("appeal refused")


class StatementOfReasons(UuidModel, AppendOnlyModel):
    """One statement (DSA article 17), as it was worded when it was made.

    text_zh, text_en: whole texts; they hold no personal data. dsa: attributes for the Commission's
    transparency database; empty where nothing was restricted. appeal_until: empty where no appeal is open.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="statements", verbose_name=_("account")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=StatementKind.choices)
    decision = models.ForeignKey(
        Decision, models.PROTECT, null=True, blank=True, related_name="statements", verbose_name=_("decision")
    )
    strike = models.ForeignKey(
        Strike, models.PROTECT, null=True, blank=True, related_name="statements", verbose_name=_("strike")
    )
    measure = models.ForeignKey(
        AccountMeasure,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="statements",
        verbose_name=_("measure"),
    )
    wording = models.CharField(_("wording version"), max_length=20)
    text_zh = models.TextField(_("text in Chinese"))
    text_en = models.TextField(_("text in English"))
    appeal_until = models.DateTimeField(_("appeal until"), null=True, blank=True)
    dsa = models.JSONField(_("DSA fields"), default=dict, blank=True)

    class Meta:
        verbose_name = _("statement of reasons")
        verbose_name_plural = _("statements of reasons")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["owner", "-created_at"], name="statement_by_owner")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=StatementKind.values), name="statement_kind_known"),
            models.CheckConstraint(
                condition=Q(decision__isnull=False) | Q(strike__isnull=False) | Q(measure__isnull=False),
                name="statement_is_about_something",
            ),
            models.UniqueConstraint(fields=["kind", "decision"], name="statement_once_for_decision"),
            models.UniqueConstraint(
                fields=["kind", "strike"],
                condition=Q(decision__isnull=True, strike__isnull=False),
                name="statement_once_for_strike",
            ),
            models.UniqueConstraint(
                fields=["kind", "measure"],
                condition=Q(decision__isnull=True, measure__isnull=False),
                name="statement_once_for_measure",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {str(self.id)[:8]}"

    def text_in(self, language: str) -> str:
        """The whole text; `language` is a tag such as "en" or "zh-hans"."""
        return self.text_zh if language.lower().startswith("zh") else self.text_en
