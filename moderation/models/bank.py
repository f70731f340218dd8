"""HashBank and BankEntry: pictures that are known, wanted or not, by their hashes alone."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from moderation.models.choices import CategoryChoice, SeverityChoice
from moderation.taxonomy import Category, Severity
from tongyi_portal.common.models import TimestampedModel, UuidModel


class BankKind(models.TextChoices):
    """What a match with an entry of the bank means."""

    BLOCK = "block", _("not wanted")
    ALLOW = "allow", _("approved by people")


class HashAlgorithm(models.TextChoices):
    """How an entry is compared: exactly, or by what the picture looks like."""

    SHA256 = "sha256", _("SHA-256 of the pixels")
    PDQ = "pdq", _("PDQ")


class HashBank(UuidModel, TimestampedModel):
    """A list of hashes with one meaning. category and severity: what a match with an unwanted one is."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=BankKind.choices)
    category = models.CharField(
        _("category"), max_length=32, choices=CategoryChoice.choices, default=Category.SEXUAL_EXPLICIT
    )
    severity = models.PositiveSmallIntegerField(
        _("severity"), choices=SeverityChoice.choices, default=Severity.EXTREME
    )
    note = models.TextField(_("note"), blank=True)
    is_enabled = models.BooleanField(_("in use"), default=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("responsible"),
    )

    class Meta:
        verbose_name = _("hash bank")
        verbose_name_plural = _("hash banks")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=BankKind.values), name="hashbank_kind_known"),
            models.CheckConstraint(
                condition=Q(severity__in=SeverityChoice.values), name="hashbank_severity_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BankEntry(UuidModel):
    """One hash of a bank. It is never deleted: a removed entry says who removed it and why.

    value: 64 hex digits. source: the subject whose decided content was hashed, where it was one of ours.
    same_as: the first entry of the bank made from the same picture; empty for that one, for a video's frames
    and for hashes that came alone or in a file.
    """

    bank = models.ForeignKey(HashBank, models.PROTECT, related_name="entries", verbose_name=_("bank"))
    algorithm = models.CharField(_("algorithm"), max_length=8, choices=HashAlgorithm.choices)
    value = models.CharField(_("hash"), max_length=64)
    note = models.CharField(_("note"), max_length=200, blank=True)
    source_subject_type = models.CharField(_("subject type"), max_length=40, blank=True)
    source_subject_id = models.UUIDField(_("subject"), null=True, blank=True)
    same_as = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("same picture as"),
    )
    added_at = models.DateTimeField(_("added at"), auto_now_add=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("added by"),
    )
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("removed by"),
    )
    removed_reason = models.CharField(_("why it was removed"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("bank entry")
        verbose_name_plural = _("bank entries")
        ordering = ["-added_at", "id"]
        indexes = [
            models.Index(fields=["bank", "-added_at", "id"], name="bankentry_of_bank"),
            models.Index(fields=["source_subject_type", "source_subject_id"], name="bankentry_by_source"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["bank", "algorithm", "value"],
                condition=Q(removed_at__isnull=True),
                name="bankentry_once_while_active",
            ),
            models.CheckConstraint(
                condition=Q(algorithm__in=HashAlgorithm.values), name="bankentry_algorithm_known"
            ),
            models.CheckConstraint(
                condition=Q(value__regex=r"^[0-9a-f]{64}$"), name="bankentry_value_is_hex"
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | ~Q(removed_reason=""),
                name="bankentry_removal_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_algorithm_display()} {self.value[:12]}"

    @property
    def is_active(self) -> bool:
        return self.removed_at is None
