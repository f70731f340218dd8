"""Events and deliveries in the console: read, and sent again."""

import json
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.decorators import display

from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.admin import EvidenceAdmin, ShortId, for_each_row, staff_of
from tongyi_portal.webhooks.event_types import EVENT_TYPES
from tongyi_portal.webhooks.models import Delivery, Event
from tongyi_portal.webhooks.services.replay import delivery_replay
from tongyi_portal.webhooks.states import DeliveryState

COLOURS = {DeliveryState.PENDING: "info", DeliveryState.DELIVERED: "success", DeliveryState.FAILED: "danger"}
LOG_SHOWN = 50


class EventTypeFilter(admin.SimpleListFilter):
    """By event type; `path` leads from the row to the type."""

    title = _("event type")
    parameter_name = "event_type"
    path = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, name) for name in EVENT_TYPES]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return queryset.filter(**{self.path: self.value()}) if self.value() else queryset


class DeliveryEventTypeFilter(EventTypeFilter):
    path = "event__type"


@admin.register(Event)
class EventAdmin(ShortId, EvidenceAdmin):
    list_display = ("created_at", "type", "short_id", "account", "told")
    fields = ("created_at", "type", "message_id", "account", "payload")
    readonly_fields = ("message_id", "account", "payload")
    list_filter = (EventTypeFilter,)
    search_fields = ("id", "owner_id")
    date_hierarchy = "created_at"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Event]:
        name = User.objects.filter(pk=models.OuterRef("owner_id")).values("username")
        told = models.Count("deliveries", filter=models.Q(deliveries__state=DeliveryState.DELIVERED))
        rows = super().get_queryset(request).annotate(owner_name=models.Subquery(name))
        return rows.annotate(told_count=told, delivery_count=models.Count("deliveries"))

    @display(description=_("account"))
    def account(self, event: Any) -> str:
        return str(event.owner_name or event.owner_id or "–")

    @display(description=_("delivered"))
    def told(self, event: Any) -> str:
        return f"{event.told_count} / {event.delivery_count}"

    @display(description=_("data"))
    def payload(self, event: Event) -> SafeString:
        return json_block(event.data)


@admin.register(Delivery)
class DeliveryAdmin(ShortId, EvidenceAdmin):
    list_display = ("created_at", "short_id", "event_type", "endpoint", "status", "tries", "answer", "due_at")
    list_display_links = ("short_id",)
    fields = (
        ("event_type", "message_id"),
        "endpoint",
        ("status_text", "tries", "replays"),
        ("due_at", "delivered_at", "created_at"),
        "payload",
        "log",
    )
    readonly_fields = ("event_type", "message_id", "status_text", "payload", "log")
    list_filter = ("state", DeliveryEventTypeFilter, "endpoint")
    search_fields = ("id", "event__id", "endpoint__url")
    list_select_related = ("endpoint", "event")
    date_hierarchy = "created_at"
    actions = ("replay",)

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.WEBHOOK_ALL))

    @admin.action(description=_("Send again"), permissions=["manage"])
    def replay(self, request: HttpRequest, deliveries: models.QuerySet[Delivery]) -> None:
        """One, or with the list's filters and “select all” a whole range."""
        for_each_row(
            request,
            deliveries.select_related("endpoint").order_by("created_at"),
            lambda delivery: delivery_replay(delivery=delivery, by=staff_of(request)),
            ngettext_lazy(
                "%(count)d delivery is sent again.", "%(count)d deliveries are sent again.", "count"
            ),
        )

    @display(description=_("event type"), ordering="event__type")
    def event_type(self, delivery: Delivery) -> str:
        return delivery.event.type

    @display(description="webhook-id")
    def message_id(self, delivery: Delivery) -> str:
        return delivery.event.message_id

    @display(description=_("state"), label=COLOURS)
    def status(self, delivery: Delivery) -> tuple[str, str]:
        return delivery.state, delivery.get_state_display()

    @display(description=_("state"))
    def status_text(self, delivery: Delivery) -> str:
        return str(delivery.get_state_display())

    @display(description=_("answer"))
    def answer(self, delivery: Delivery) -> str:
        return str(delivery.last_status or delivery.last_error.rpartition(":")[2] or "–")

    @display(description=_("data"))
    def payload(self, delivery: Delivery) -> SafeString:
        return json_block(delivery.event.data)

    @display(description=_("attempts"))
    def log(self, delivery: Delivery) -> SafeString:
        """Newest first, with the beginning of each answer."""
        rows = delivery.attempts.order_by("-created_at")[:LOG_SHOWN]
        cells = (
            (
                f"{one.created_at:%Y-%m-%d %H:%M:%S}",
                one.number,
                one.status or one.error,
                one.milliseconds,
                one.response,
            )
            for one in rows
        )
        body = format_html_join(
            "", "<tr><td>{} UTC</td><td>{}</td><td>{}</td><td>{} ms</td><td><code>{}</code></td></tr>", cells
        )
        if not body:
            return SafeString("–")
        head = format_html_join(
            "",
            "<th>{}</th>",
            ((name,) for name in (_("time"), _("attempt"), _("answer"), _("took"), _("response"))),
        )
        return format_html('<table class="portal-table"><tr>{}</tr>{}</table>', head, body)


def json_block(data: Any) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(data, ensure_ascii=False, indent=2))
