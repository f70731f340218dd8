"""PolicySimulation and SimulationChange: a policy replayed over stored findings before it goes live."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from moderation.models.choices import CategoryChoice, SeverityChoice, SurfaceChoice, VerdictChoice
from moderation.models.policy import Policy
from moderation.models.scan import ScanRun
from moderation.states import SimulationState
from tongyi_portal.common.models import TimestampedModel, UuidModel


class PolicySimulation(UuidModel, TimestampedModel):
    """One replay over the admission scans from `since` to `until`.

    rules, rules_digest: the rules as they were when it was asked for, so that editing the draft meanwhile
    changes nothing. baseline: the live policy of that moment. surfaces, job_kinds: only these; empty: all.
    counts: see `services.simulations.Counts`. cursor: after this run the next chunk begins.
    """

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="simulations", verbose_name=_("policy"))
    baseline = models.ForeignKey(
        Policy, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("live policy then")
    )
    rules = models.JSONField(_("rules"), default=list)
    rules_digest = models.CharField(_("digest of the rules"), max_length=64)
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("to"))
    surfaces = models.JSONField(_("surfaces"), default=list, blank=True)
    job_kinds = models.JSONField(_("job kinds"), default=list, blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=SimulationState.choices, default=SimulationState.QUEUED
    )
    total = models.PositiveIntegerField(_("scans to replay"), default=0)
    examined = models.PositiveIntegerField(_("scans replayed"), default=0)
    cursor_at = models.DateTimeField(_("go on after the time"), null=True, blank=True, editable=False)
    cursor_id = models.UUIDField(_("go on after the run"), null=True, blank=True, editable=False)
    counts = models.JSONField(_("counts"), default=dict)
    fault = models.CharField(_("fault"), max_length=300, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("asked for by")
    )

    class Meta:
        verbose_name = _("policy simulation")
        verbose_name_plural = _("policy simulations")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=SimulationState.values), name="policysimulation_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy} {self.since:%Y-%m-%d}…{self.until:%Y-%m-%d}"

    @property
    def is_over(self) -> bool:
        return self.state in {SimulationState.READY, SimulationState.CANCELLED, SimulationState.FAILED}

    @property
    def percent(self) -> int:
        """How far it has come."""
        return 100 if not self.total else min(100, round(100 * self.examined / self.total))


class SimulationChange(models.Model):
    """One scan whose verdict differs from what was decided then, or from what the live policy says now.

    rule: the rule (or the finding without one) that made the difference, as plain data.
    """

    simulation = models.ForeignKey(
        PolicySimulation, models.CASCADE, related_name="changes", verbose_name=_("simulation")
    )
    scan_run = models.ForeignKey(ScanRun, models.PROTECT, related_name="+", verbose_name=_("scan run"))
    surface = models.CharField(_("surface"), max_length=16, choices=SurfaceChoice.choices)
    job_kind = models.CharField(_("job kind"), max_length=40, blank=True)
    decided_then = models.CharField(_("decided then"), max_length=8, choices=VerdictChoice.choices)
    live_now = models.CharField(_("live policy now"), max_length=8, choices=VerdictChoice.choices)
    after = models.CharField(_("under this policy"), max_length=8, choices=VerdictChoice.choices)
    reason_codes = models.JSONField(_("reason codes"), default=list)
    category = models.CharField(_("category"), max_length=32, choices=CategoryChoice.choices)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=SeverityChoice.choices)
    confidence = models.FloatField(_("confidence"))
    scanner = models.CharField(_("scanner"), max_length=40)
    label = models.CharField(_("label"), max_length=80)
    rule: Any = models.JSONField(_("rule"), default=dict)

    class Meta:
        verbose_name = _("simulated change")
        verbose_name_plural = _("simulated changes")
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["simulation", "decided_then", "after", "id"], name="simulationchange_by_then"
            ),
            models.Index(fields=["simulation", "live_now", "after", "id"], name="simulationchange_by_live"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["simulation", "scan_run"], name="simulationchange_once"),
        ]

    def __str__(self) -> str:
        return f"{self.scan_run_id}: {self.decided_then} → {self.after}"
