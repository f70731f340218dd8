"""ShadowVerdict: what a policy that did not judge a scan would have said of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from moderation.models.append_only import AppendOnlyModel
from moderation.models.choices import VerdictChoice
from moderation.models.policy import Policy
from moderation.models.scan import ScanRun
from moderation.states import PolicyState


class ShadowVerdict(AppendOnlyModel):
    """Of a shadow, or of whichever of live policy and canary did not judge; without any consequence.

    role: the state of the policy when it was asked.
    """

    scan_run = models.ForeignKey(
        ScanRun, models.PROTECT, related_name="shadow_verdicts", verbose_name=_("scan run")
    )
    policy = models.ForeignKey(
        Policy, models.PROTECT, related_name="shadow_verdicts", verbose_name=_("policy")
    )
    role = models.CharField(_("state then"), max_length=12, choices=PolicyState.choices)
    verdict = models.CharField(_("verdict"), max_length=8, choices=VerdictChoice.choices)
    reason_codes = models.JSONField(_("reason codes"), default=list)

    class Meta:
        verbose_name = _("shadow verdict")
        verbose_name_plural = _("shadow verdicts")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "scan_run"], name="shadowverdict_once"),
            models.CheckConstraint(
                condition=Q(verdict__in=VerdictChoice.values), name="shadowverdict_verdict_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy}: {self.get_verdict_display()}"
