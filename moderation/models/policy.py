"""Policy and PolicyRule: what a finding leads to, versioned, immutable once live."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from moderation.models.choices import CategoryChoice, SeverityChoice, SurfaceChoice, VerdictChoice
from moderation.policy.rules import ANY
from moderation.states import PolicyState
from tongyi_portal.common.models import TimestampedModel, UuidModel

SURFACE_OR_ANY = [(ANY, _("any surface")), *SurfaceChoice.choices]


class Policy(UuidModel, TimestampedModel):
    """One version of the rules; at most one is live, and at most one is tried as the canary.

    digest: SHA-256 of the rules, set with frozen_at when the version leaves the draft. stage_at: since when
    it is in its state. published_at: when it went live; a version that never did was withdrawn.
    """

    version = models.PositiveIntegerField(_("version"), unique=True)
    title = models.CharField(_("title"), max_length=120)
    note = models.TextField(_("what changed and why"), blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=PolicyState.choices, default=PolicyState.DRAFT, editable=False
    )
    canary_percent = models.PositiveSmallIntegerField(
        _("share judged as canary (%)"), null=True, blank=True, editable=False
    )
    digest = models.CharField(_("digest of the rules"), max_length=64, blank=True, editable=False)
    copied_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="copies",
        verbose_name=_("copied from"),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="policies_created",
        verbose_name=_("created by"),
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="policies_published",
        verbose_name=_("published by"),
    )
    frozen_at = models.DateTimeField(_("rules fixed at"), null=True, blank=True, editable=False)
    stage_at = models.DateTimeField(_("in this state since"), default=timezone.now, editable=False)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ["-version"]
        permissions = [("publish_policy", gettext_noop("Can make a policy version live"))]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="live"), name="policy_one_live"),
            models.UniqueConstraint(fields=["state"], condition=Q(state="canary"), name="policy_one_canary"),
            models.CheckConstraint(condition=Q(state__in=PolicyState.values), name="policy_state_known"),
            models.CheckConstraint(
                condition=Q(state="draft", frozen_at__isnull=True, digest="")
                | (~Q(state="draft") & Q(frozen_at__isnull=False) & ~Q(digest="")),
                name="policy_frozen_has_digest",
            ),
            models.CheckConstraint(
                condition=~Q(state="live") | Q(published_at__isnull=False), name="policy_live_has_time"
            ),
            models.CheckConstraint(
                condition=Q(state="canary", canary_percent__gte=1, canary_percent__lte=99)
                | (~Q(state="canary") & Q(canary_percent__isnull=True)),
                name="policy_canary_has_share",
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.version} {gettext(self.title)}"

    @property
    def is_draft(self) -> bool:
        return self.state == PolicyState.DRAFT

    @property
    def was_withdrawn(self) -> bool:
        """It ended without ever having been live."""
        return self.state == PolicyState.RETIRED and self.published_at is None


class PolicyRule(models.Model):
    """One line of a policy: a finding of at least this severity and confidence leads to `verdict`."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="rules", verbose_name=_("policy"))
    category = models.CharField(_("category"), max_length=32, choices=CategoryChoice.choices)
    surface = models.CharField(_("surface"), max_length=16, choices=SURFACE_OR_ANY, default=ANY)
    job_kind = models.CharField(
        _("job kind"), max_length=40, default=ANY, help_text=_("“any” or the key of a job kind.")
    )
    min_severity = models.PositiveSmallIntegerField(_("from severity"), choices=SeverityChoice.choices)
    min_confidence = models.PositiveSmallIntegerField(
        _("from confidence"), default=0, help_text=_("0 to 100.")
    )
    verdict = models.CharField(_("verdict"), max_length=8, choices=VerdictChoice.choices)
    reason_code = models.SlugField(_("reason code"), max_length=60)

    class Meta:
        verbose_name = _("policy rule")
        verbose_name_plural = _("policy rules")
        ordering = ["category", "surface", "job_kind", "-min_severity", "-min_confidence"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "category", "surface", "job_kind", "min_severity", "min_confidence"],
                name="policyrule_once",
            ),
            models.CheckConstraint(
                condition=Q(min_severity__in=SeverityChoice.values), name="policyrule_severity_known"
            ),
            models.CheckConstraint(
                condition=Q(min_confidence__lte=100), name="policyrule_confidence_percent"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=VerdictChoice.values), name="policyrule_verdict_known"
            ),
        ]

    def __str__(self) -> str:
        category, verdict = self.get_category_display(), self.get_verdict_display()
        return f"{category} ≥{self.min_severity} ≥{self.min_confidence} % → {verdict}"
