"""Moderation in the console: the review queue, policies edited as drafts, evidence to read."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from moderation.models import AuditEntry, Decision, Finding, Policy, PolicyRule, ReviewItem, ScanRun
from moderation.policy.rules import ANY
from moderation.review.urls import desk_urls
from moderation.review.views import desk_url
from moderation.selectors import backlog_counts, review_queue_for
from moderation.services.decisions import decision_override
from moderation.services.policies import policy_draft_from, policy_publish
from moderation.states import PolicyState, ReviewState
from moderation.subject_registry import subject_types
from moderation.taxonomy import Verdict
from moderation.texts import ACTIONS, action_text, label_text, reasons_text, subject_type_text
from tongyi_portal.common import roles
from tongyi_portal.common.admin import EvidenceAdmin, facts_table, for_each_row, staff_of

VERDICT_COLOURS = {Verdict.PASS: "success", Verdict.REVIEW: "warning", Verdict.BLOCK: "danger"}
REVIEW_COLOURS = {
    ReviewState.OPEN: "warning",
    ReviewState.CLAIMED: "primary",
    ReviewState.APPROVED: "success",
    ReviewState.REFUSED: "danger",
    ReviewState.WITHDRAWN: "info",
}
POLICY_COLOURS = {PolicyState.DRAFT: "info", PolicyState.LIVE: "success", PolicyState.RETIRED: "warning"}


class SubjectTypeFilter(admin.SimpleListFilter):
    """By kind of content, under its name instead of its key."""

    title = _("subject type")
    parameter_name = "subject_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(kind.key, kind.label) for kind in subject_types()]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return queryset.filter(subject_type=self.value()) if self.value() else queryset


class NamesSubjects:
    """Adds the column `subject_kind`."""

    @display(description=_("subject type"), ordering="subject_type")
    def subject_kind(self, row: Any) -> str:
        return subject_type_text(row.subject_type)


@admin.register(ReviewItem)
class ReviewItemAdmin(EvidenceAdmin):
    list_display = ("item", "surface", "category", "severity", "status", "claimed_by", "due_at", "owner")
    list_filter = ("state", "category", "severity", "surface", "job_kind")
    search_fields = ("id", "subject_id", "owner__username")
    list_select_related = ("owner", "claimed_by")
    change_list_template = "moderation/review/queue.html"

    def get_urls(self) -> list[URLPattern]:
        return [*desk_urls(), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """An item is looked at on the desk; without one, back to the list with a word."""
        item = self.get_object(request, object_id)
        if item is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return HttpResponseRedirect(desk_url(item.pk))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Opens on what is undecided; the backlog stands above the list."""
        if not request.GET and request.method == "GET":
            return HttpResponseRedirect(f"{request.path}?state__in=open,claimed")
        context = {
            "backlog": backlog_counts(),
            "may_take_next": review_queue_for(request.user).exists(),
        }
        return super().changelist_view(request, {**(extra_context or {}), **context})

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "state__in" or super().lookup_allowed(lookup, value, request)

    @display(description=_("item"))
    def item(self, row: ReviewItem) -> SafeString:
        return format_html('<a href="{}">{}</a>', desk_url(row.pk), str(row.pk)[:8])

    @display(description=_("state"), label=REVIEW_COLOURS)
    def status(self, row: ReviewItem) -> tuple[str, str]:
        return row.state, row.get_state_display()


class FindingInline(TabularInline):  # type: ignore[misc]
    model = Finding
    extra = 0
    can_delete = False
    hide_title = True
    fields = (
        "scanner",
        "scanner_version",
        "category",
        "severity",
        "confidence",
        "seen",
        "seconds",
        "milliseconds",
    )
    readonly_fields = fields

    @display(description=_("label"))
    def seen(self, finding: Finding) -> str:
        return label_text(finding.label)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(ScanRun)
class ScanRunAdmin(NamesSubjects, EvidenceAdmin):
    list_display = (
        "created_at",
        "subject_kind",
        "surface",
        "medium",
        "result",
        "reasons",
        "milliseconds",
        "policy",
    )
    fields = (
        ("created_at", "verdict"),
        "policy",
        ("subject_kind", "surface"),
        ("medium", "owner"),
        "subject_id",
        "reasons",
        "scanner_times",
        ("frames_scanned", "worst_seconds"),
        "milliseconds",
        "content_sha256",
    )
    readonly_fields = ("created_at", "subject_kind", "reasons", "scanner_times")
    list_filter = ("verdict", "surface", "medium", SubjectTypeFilter)
    search_fields = ("subject_id", "content_sha256")
    list_select_related = ("policy",)
    date_hierarchy = "created_at"
    inlines = (FindingInline,)

    @display(description=_("scanners"))
    def scanner_times(self, run: ScanRun) -> SafeString:
        return facts_table(
            {
                f"{scanner['key']} {scanner['version']}": scanner["error"]
                or gettext("%(count)d ms") % {"count": round(scanner["milliseconds"])}
                for scanner in run.scanners
            }
        )

    @display(description=_("verdict"), label=VERDICT_COLOURS)
    def result(self, run: ScanRun) -> tuple[str, str]:
        return run.verdict, run.get_verdict_display()

    @display(description=_("reasons"))
    def reasons(self, run: ScanRun) -> str:
        return reasons_text(run.reason_codes)


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


class ActionFilter(admin.SimpleListFilter):
    """By what happened, in words."""

    title = _("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(ACTIONS.items())

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(EvidenceAdmin):
    list_display = (
        "sequence",
        "created_at",
        "what",
        "subject_kind",
        "subject_id",
        "actor",
        "short_digest",
    )
    fields = (
        ("sequence", "created_at"),
        "what",
        ("subject_kind", "actor"),
        "subject_id",
        "facts",
        "digest",
        "previous_digest",
    )
    readonly_fields = ("what", "subject_kind", "actor", "facts")
    list_filter = (ActionFilter,)
    search_fields = ("subject_id", "digest")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[AuditEntry]:
        name = get_user_model().objects.filter(pk=models.OuterRef("actor_id")).values("username")
        return super().get_queryset(request).annotate(actor_name=models.Subquery(name))

    @display(description=_("action"), ordering="action")
    def what(self, entry: AuditEntry) -> SafeString:
        return format_html("{}<br><code>{}</code>", action_text(entry.action), entry.action)

    @display(description=_("subject type"), ordering="subject_type")
    def subject_kind(self, entry: AuditEntry) -> str:
        if not entry.subject_type:
            return "–"
        return str(apps.get_model(entry.subject_type)._meta.verbose_name)

    @display(description=_("actor"))
    def actor(self, entry: Any) -> str:
        """The account's name; its key once the account is gone; the system where nobody acted."""
        if entry.actor_id is None:
            return gettext("system")
        return str(entry.actor_name or entry.actor_id)

    @display(description=_("data"))
    def facts(self, entry: AuditEntry) -> SafeString:
        return facts_table(entry.data)

    @display(description=_("digest"))
    def short_digest(self, entry: AuditEntry) -> str:
        return entry.digest[:16]


class PolicyRuleInline(TabularInline):  # type: ignore[misc]
    model = PolicyRule
    extra = 0
    hide_title = True

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A policy that stands is read: its job kinds and reasons in words."""
        kind, reason = ("job_kind", "reason_code") if obj is None or obj.is_draft else ("kind", "reason")
        return ("category", "surface", kind, "min_severity", "min_confidence", "verdict", reason)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None or obj.is_draft else ("kind", "reason")

    @display(description=_("job kind"))
    def kind(self, rule: PolicyRule) -> str:
        return gettext("any kind") if rule.job_kind == ANY else rule.job_kind

    @display(description=_("reason"))
    def reason(self, rule: PolicyRule) -> str:
        return reasons_text([rule.reason_code])

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or obj.is_draft) and super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or obj.is_draft) and super().has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or obj.is_draft) and super().has_delete_permission(request, obj)


@admin.register(Policy)
class PolicyAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("version", "name", "status", "published_at", "published_by")
    list_display_links = ("version", "name")
    fields = ("title", "note", "state", "published_at", "published_by", "digest")
    readonly_fields = ("name", "about", "state", "published_at", "published_by", "digest")
    inlines = (PolicyRuleInline,)
    actions = ("make_draft", "publish")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a policy begins as a copy of an earlier one

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or obj.is_draft) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.POLICY_PUBLISH))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The first policy's own words are translated, except where they are edited."""
        return self.fields if obj is None or obj.is_draft else ("name", "about", *self.fields[2:])

    @display(description=_("title"), ordering="title")
    def name(self, policy: Policy) -> str:
        return gettext(policy.title)

    @display(description=_("what changed and why"))
    def about(self, policy: Policy) -> str:
        return gettext(policy.note) or "–"

    @display(description=_("state"), label=POLICY_COLOURS)
    def status(self, policy: Policy) -> tuple[str, str]:
        return policy.state, policy.get_state_display()

    @admin.action(description=_("Make a draft from the selected policies"), permissions=["publish"])
    def make_draft(self, request: HttpRequest, policies: models.QuerySet[Policy]) -> None:
        for_each_row(
            request,
            policies,
            lambda policy: policy_draft_from(
                source=policy,
                title=gettext("Copy of %(title)s") % {"title": policy.title},
                by=staff_of(request),
            ),
            ngettext_lazy("%(count)d draft was made.", "%(count)d drafts were made.", "count"),
        )

    @admin.action(description=_("Make the selected draft live"), permissions=["publish"])
    def publish(self, request: HttpRequest, policies: models.QuerySet[Policy]) -> None:
        for_each_row(
            request,
            policies,
            lambda policy: policy_publish(policy=policy, by=staff_of(request)),
            ngettext_lazy("%(count)d policy is live now.", "%(count)d policies are live now.", "count"),
        )
