"""Webhook endpoints in the console: made, tested, switched off and on, given a new secret."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from tongyi_portal.common import roles
from tongyi_portal.common.admin import for_each_row, json_list_text, staff_of
from tongyi_portal.common.errors import AppError
from tongyi_portal.common.outbound import OutboundRefused, checked_url
from tongyi_portal.webhooks.event_types import EVENT_TYPES
from tongyi_portal.webhooks.models import Endpoint
from tongyi_portal.webhooks.models.endpoint import DisabledReason
from tongyi_portal.webhooks.services.endpoints import (
    endpoint_create,
    endpoint_delete,
    endpoint_disable,
    endpoint_enable,
    endpoint_rotate_secret,
    endpoint_test,
)

MADE_FIELDS = ("url", "description", "event_types", "is_staff_wide")
COLOURS = {"active": "success", "failing": "warning", "off": "danger", "by_hand": "info"}


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]
    event_types = forms.MultipleChoiceField(
        label=_("event types"),
        choices=lambda: [(name, f"{name}: {kind.label}") for name, kind in EVENT_TYPES.items()],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        required=False,
        help_text=_("None chosen means all of them."),
    )

    class Meta:
        model = Endpoint
        fields = MADE_FIELDS

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            checked_url(url)
        except OutboundRefused as error:
            raise ValidationError(gettext(str(error.message))) from error
        return url


@admin.register(Endpoint)
class EndpointAdmin(ModelAdmin):  # type: ignore[misc]
    form = EndpointForm
    list_display = ("url", "owner", "types", "is_staff_wide", "standing", "last_success_at")
    list_filter = ("state", "disabled_reason", "is_staff_wide")
    search_fields = ("url", "description", "owner__username")
    list_select_related = ("owner",)
    list_per_page = 30
    actions = ("send_test", "switch_on", "switch_off", "rotate")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[Any, ...]:
        if obj is None:
            return MADE_FIELDS
        times = (("failing_since", "last_success_at"), ("previous_secret_until", "created_at"))
        return ("url", "description", "owner", "types", "is_staff_wide", "state_text", "failures", *times)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        flat = (
            name
            for group in self.get_fields(request, obj)
            for name in (group if isinstance(group, tuple) else (group,))
        )
        return () if obj is None else tuple(flat)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.WEBHOOK_ALL))

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.has_add_permission(request)

    def save_model(self, request: HttpRequest, obj: Endpoint, form: Any, change: bool) -> None:
        """Make the endpoint through the service and show its secret this once."""
        chosen = {name: form.cleaned_data[name] for name in MADE_FIELDS}
        made, secret = endpoint_create(by=staff_of(request), **chosen)
        obj.__dict__.update(made.__dict__)
        self._show_secret(request, made, secret)

    def delete_model(self, request: HttpRequest, obj: Endpoint) -> None:
        endpoint_delete(endpoint=obj, by=staff_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Endpoint]) -> None:
        for endpoint in queryset:
            endpoint_delete(endpoint=endpoint, by=staff_of(request))

    @display(description=_("event types"))
    def types(self, endpoint: Endpoint) -> str:
        return json_list_text(endpoint.event_types) if endpoint.event_types else gettext("all")

    @display(description=_("state"), label=COLOURS)
    def standing(self, endpoint: Endpoint) -> tuple[str, str]:
        if not endpoint.is_active:
            by_hand = endpoint.disabled_reason == DisabledReason.BY_HAND
            return "by_hand" if by_hand else "off", endpoint.get_disabled_reason_display()
        if endpoint.failing_since is not None:
            return "failing", gettext("fails")
        return "active", endpoint.get_state_display()

    @display(description=_("state"))
    def state_text(self, endpoint: Endpoint) -> str:
        return self.standing(endpoint)[1]

    @admin.action(description=_("Send a test event"), permissions=["manage"])
    def send_test(self, request: HttpRequest, endpoints: models.QuerySet[Endpoint]) -> None:
        for_each_row(
            request,
            endpoints,
            lambda endpoint: endpoint_test(endpoint=endpoint, by=staff_of(request)),
            ngettext_lazy(
                "%(count)d test event is on its way.", "%(count)d test events are on their way.", "count"
            ),
        )

    @admin.action(description=_("Switch on"), permissions=["manage"])
    def switch_on(self, request: HttpRequest, endpoints: models.QuerySet[Endpoint]) -> None:
        for_each_row(
            request,
            endpoints,
            lambda endpoint: endpoint_enable(endpoint=endpoint, by=staff_of(request)),
            ngettext_lazy(
                "%(count)d endpoint was switched on.", "%(count)d endpoints were switched on.", "count"
            ),
        )

    @admin.action(description=_("Switch off"), permissions=["manage"])
    def switch_off(self, request: HttpRequest, endpoints: models.QuerySet[Endpoint]) -> None:
        for_each_row(
            request,
            endpoints,
            lambda endpoint: endpoint_disable(endpoint=endpoint, by=staff_of(request)),
            ngettext_lazy(
                "%(count)d endpoint was switched off.", "%(count)d endpoints were switched off.", "count"
            ),
        )

    @admin.action(description=_("Give a new secret"), permissions=["manage"])
    def rotate(self, request: HttpRequest, endpoints: models.QuerySet[Endpoint]) -> None:
        """Each new secret is shown this once; the old one signs beside it for a day."""
        for endpoint in endpoints:
            try:
                made, secret = endpoint_rotate_secret(endpoint=endpoint, by=staff_of(request))
            except AppError as error:
                messages.error(request, f"{endpoint}: {gettext(str(error.message))}")
                continue
            self._show_secret(request, made, secret)

    def _show_secret(self, request: HttpRequest, endpoint: Endpoint, secret: str) -> None:
        messages.warning(
            request,
            gettext("Copy the secret of %(endpoint)s now; it is not shown again: %(secret)s")
            % {"endpoint": endpoint, "secret": secret},
        )
