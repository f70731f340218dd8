"""Decisions in the console: evidence to read, and blocks to lift."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.decorators import display

from moderation.admin.shared import VERDICT_COLOURS, NamesSubjects, SubjectTypeFilter
from moderation.blindness import not_given_away_to
from moderation.models import Decision
from moderation.services.decisions import decision_override
from moderation.taxonomy import Verdict
from moderation.texts import reasons_text
from tongyi_portal.common import roles
from tongyi_portal.common.admin import EvidenceAdmin, for_each_row, staff_of


@admin.register(Decision)
class DecisionAdmin(NamesSubjects, EvidenceAdmin):
    list_display = (
        "created_at",
        "subject_kind",
        "subject_id",
        "result",
        "reasons",
        "by",
        "policy",
        "overrides",
    )
    fields = (
        ("created_at", "verdict"),
        "policy",
        "subject_kind",
        "subject_id",
        "reasons",
        ("by", "note"),
        "scan_run",
        "review_item",
        "overrides",
    )
    readonly_fields = ("created_at", "subject_kind", "reasons")
    list_filter = ("verdict", SubjectTypeFilter, ("by", admin.EmptyFieldListFilter))
    search_fields = ("subject_id", "by__username", "note")
    list_select_related = ("by", "policy", "overrides")
    date_hierarchy = "created_at"
    actions = ("lift",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Decision]:
        return not_given_away_to(request.user, super().get_queryset(request), has_names=True)

    def has_override_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.REVIEW_OVERRIDE))

    @admin.action(description=_("Lift the selected blocks"), permissions=["override"])
    def lift(self, request: HttpRequest, decisions: models.QuerySet[Decision]) -> None:
        """The only way back for content that the policy blocked without asking a person."""
        for_each_row(
            request,
            decisions.filter(verdict=Verdict.BLOCK),
            lambda decision: decision_override(
                decision=decision, approve=True, reason_code="", note="", by=staff_of(request)
            ),
            ngettext_lazy("%(count)d block was lifted.", "%(count)d blocks were lifted.", "count"),
        )

    @display(description=_("verdict"), label=VERDICT_COLOURS)
    def result(self, decision: Decision) -> tuple[str, str]:
        return decision.verdict, decision.get_verdict_display()

    @display(description=_("reasons"))
    def reasons(self, decision: Decision) -> str:
        return reasons_text(decision.reason_codes)
