"""The audit chain in the console: evidence to read."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from moderation.audit_selectors import audit_entries_for
from moderation.models import AuditEntry
from moderation.texts import ACTIONS, action_text
from tongyi_portal.common.admin import EvidenceAdmin, facts_table

_SHORT = 8  # characters of a key that tell rows apart


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
        "at",
        "what",
        "subject_kind",
        "short_subject",
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
        """As the API gives it: without what tells a blind reviewer how others judged."""
        return audit_entries_for(request.user).order_by(*self.get_ordering(request))

    @display(description=_("created at"), ordering="created_at")
    def at(self, entry: AuditEntry) -> SafeString:
        """In one line, so that a row is no higher than its action."""
        moment = timezone.localtime(entry.created_at)
        return format_html('<time class="portal-whole">{}</time>', f"{moment:%Y-%m-%d %H:%M:%S}")

    @display(description=_("subject"), ordering="subject_id")
    def short_subject(self, entry: AuditEntry) -> SafeString:
        """The beginning tells rows apart; the whole key is on the entry's page and found by the search."""
        key = entry.subject_id
        short = key if len(key) <= _SHORT else f"{key[:_SHORT]}…"
        return format_html('<span class="portal-whole" title="{}">{}</span>', key, short or "–")

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
    def short_digest(self, entry: AuditEntry) -> SafeString:
        return format_html('<code class="portal-whole" title="{}">{}…</code>', entry.digest, entry.digest[:8])
