"""Policies in the console: edited as drafts, read once they stand."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from moderation.models import Policy, PolicyRule
from moderation.policy.rules import ANY
from moderation.services.policies import policy_draft_from, policy_publish
from moderation.states import PolicyState
from moderation.texts import reasons_text
from tongyi_portal.common import roles
from tongyi_portal.common.admin import for_each_row, staff_of

POLICY_COLOURS = {PolicyState.DRAFT: "info", PolicyState.LIVE: "success", PolicyState.RETIRED: "warning"}


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
