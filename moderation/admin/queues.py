"""Queues, due times, gold items and the desk's settings in the console: forms that lead to services."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext_lazy, pgettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from moderation.models import GoldItem, ModerationSettings, ReviewItem, ReviewQueue, ServiceTarget
from moderation.models.choices import CategoryChoice, SurfaceChoice
from moderation.queue_selectors import QueueCounts, queue_counts_recent, who_may_decide
from moderation.review.item_context import desk_url, refusal_reasons
from moderation.services.configuration import settings_change
from moderation.services.gold import gold_add, gold_retire
from moderation.services.routing import queue_remove, queue_route_again, queue_save, service_target_set
from moderation.texts import reasons_text
from tongyi_portal.common import roles
from tongyi_portal.common.admin import for_each_row, staff_of
from tongyi_portal.common.errors import AppError

_capitalised = lazy(capfirst, str)  # as Django does with labels of model fields
LANGUAGE_CHOICES = (("zh", _("Chinese")), ("en", _("English")))


class ServiceAdmin(ModelAdmin):  # type: ignore[misc]
    """A page whose form is carried out by a service; what the service refuses is told above the form."""

    show_full_result_count = False

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)
        except AppError as error:
            messages.error(request, gettext(str(error.message)))
            return HttpResponseRedirect(request.get_full_path())

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except AppError as error:
            messages.error(request, gettext(str(error.message)))
            return HttpResponseRedirect(
                reverse(f"admin:{self.opts.label_lower.replace('.', '_')}_changelist")
            )


def _many(label: Any, choices: Any, help_text: Any) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label=_capitalised(label),
        choices=choices,
        required=False,
        empty_value=[],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=help_text,
    )


class QueueForm(forms.ModelForm):  # type: ignore[type-arg]
    categories = _many(_("categories"), CategoryChoice.choices, _("None: all categories."))
    languages = _many(
        _("languages"), LANGUAGE_CHOICES, _("None: all languages, and content without any text.")
    )
    surfaces = _many(_("surfaces"), SurfaceChoice.choices, _("None: all surfaces."))

    class Meta:
        model = ReviewQueue
        fields = (
            "slug",
            "name",
            "position",
            "needs_senior",
            "categories",
            "languages",
            "surfaces",
            "members",
        )


@admin.register(ReviewQueue)
class ReviewQueueAdmin(ServiceAdmin):
    form = QueueForm
    list_display = ("title", "takes", "people", "open", "late", "due_soon", "next_due", "position")
    list_display_links = ("title",)
    actions = ("route_again",)
    fieldsets = (
        (None, {"fields": (("name", "slug"), ("position", "needs_senior"))}),
        (_("What it takes"), {"fields": ("categories", "languages", "surfaces")}),
        (_("Who works on it"), {"fields": ("members",)}),
    )

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[ReviewQueue]:
        queues: models.QuerySet[ReviewQueue] = super().get_queryset(request).prefetch_related("members")
        return queues

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """The numbers are read once a page; they are some seconds old."""
        self._counts = {counts.queue.pk: counts for counts in queue_counts_recent()}
        return self.list_display

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        return ("slug", "categories", "languages", "surfaces") if obj.is_default else ("slug",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Only people who may decide can be members."""
        form = super().get_form(request, obj, change, **kwargs)
        if "members" in form.base_fields:
            form.base_fields["members"].queryset = who_may_decide()
            form.base_fields["members"].widget = UnfoldAdminCheckboxSelectMultipleWidget()
            form.base_fields["members"].widget.choices = form.base_fields["members"].choices
            form.base_fields["members"].help_text = ReviewQueue._meta.get_field("members").help_text
        return form

    def save_model(self, request: HttpRequest, obj: ReviewQueue, form: Any, change: bool) -> None:
        members = form.cleaned_data.get("members")
        queue_save(queue=obj, members=members, by=staff_of(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The members were saved by the service."""

    def delete_model(self, request: HttpRequest, obj: ReviewQueue) -> None:
        queue_remove(queue=obj, by=staff_of(request))

    def get_actions(self, request: HttpRequest) -> Any:
        """No deletion of several at once: each is refused or not for reasons of its own."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.action(description=_("Route the waiting items of these queues again"), permissions=["change"])
    def route_again(self, request: HttpRequest, queues: models.QuerySet[ReviewQueue]) -> None:
        for_each_row(
            request,
            queues,
            lambda queue: queue_route_again(queue=queue, by=staff_of(request)),
            ngettext_lazy(
                "The items of %(count)d queue were routed again.",
                "The items of %(count)d queues were routed again.",
                "count",
            ),
        )

    @display(description=_("name"), ordering="name")
    def title(self, queue: ReviewQueue) -> str:
        return str(queue)

    @display(description=_("takes"))
    def takes(self, queue: ReviewQueue) -> str:
        names = [
            *(str(CategoryChoice(one).label) for one in queue.categories),
            *(str(dict(LANGUAGE_CHOICES).get(one, one)) for one in queue.languages),
            *(str(SurfaceChoice(one).label) for one in queue.surfaces),
        ]
        if queue.needs_senior:
            names.append(gettext("for senior moderators only"))
        everything = gettext("everything else") if queue.is_default else gettext("everything")
        return ", ".join(names) or everything

    @display(description=_("members"))
    def people(self, queue: ReviewQueue) -> str:
        return ", ".join(member.get_username() for member in queue.members.all()) or gettext("everybody")

    @display(description=_("open"))
    def open(self, queue: ReviewQueue) -> int:
        return self._of(queue).open

    @display(description=_("overdue"))
    def late(self, queue: ReviewQueue) -> int:
        return self._of(queue).overdue

    @display(description=_("due in two days"))
    def due_soon(self, queue: ReviewQueue) -> int:
        return self._of(queue).due_soon

    @display(description=_("next due"))
    def next_due(self, queue: ReviewQueue) -> str:
        moment = self._of(queue).next_due_at
        return date_format(localtime(moment), "Y-m-d H:i") if moment is not None else "–"

    def _of(self, queue: ReviewQueue) -> QueueCounts:
        return self._counts.get(queue.pk) or QueueCounts(queue, 0, 0, 0, 0, None)


@admin.register(ServiceTarget)
class ServiceTargetAdmin(ServiceAdmin):
    list_display = ("kind", "within")
    list_display_links = ("kind",)
    fields = ("category", "minutes")
    readonly_fields = ("category",)
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ServiceTarget, form: Any, change: bool) -> None:
        service_target_set(target=obj, minutes=obj.minutes, by=staff_of(request))

    @display(description=_("category"), ordering="category")
    def kind(self, target: ServiceTarget) -> str:
        return target.get_category_display()

    @display(description=_("decided within"), ordering="minutes")
    def within(self, target: ServiceTarget) -> str:
        hours, minutes = divmod(target.minutes, 60)
        return gettext("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": minutes}


class GoldForm(forms.ModelForm):  # type: ignore[type-arg]
    expected_reason = forms.ChoiceField(
        label=_capitalised(_("reason")),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("Needed when it should be refused."),
    )

    class Meta:
        model = GoldItem
        fields = ("source", "expected_approve", "expected_reason", "note")
        widgets = {"source": forms.HiddenInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expected_reason"].choices = [("", "–"), *refusal_reasons()]  # type: ignore[attr-defined]
        source = self.initial.get("source")
        if isinstance(source, ReviewItem):
            self.fields["expected_approve"].help_text = format_html(
                '{} <a class="portal-link" href="{}">{}</a>', _("Made of:"), desk_url(source.pk), source
            )

    def clean(self) -> dict[str, Any]:
        """A refusal needs its reason; said here, beside the field."""
        given: dict[str, Any] = super().clean() or {}
        if not given.get("expected_approve") and not given.get("expected_reason"):
            self.add_error("expected_reason", gettext("Choose why it should be refused."))
        return given


@admin.register(GoldItem)
class GoldItemAdmin(ServiceAdmin):
    """Added from a decided item; retired, never changed."""

    form = GoldForm
    list_display = ("item", "verdict", "reason", "answers", "right", "added_by", "added_on", "status")
    list_filter = (("retired_at", admin.EmptyFieldListFilter),)
    list_select_related = ("source", "added_by")
    actions = ("retire",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[GoldItem]:
        answered = Count("items__answer")
        right = Count("items__answer", filter=Q(items__answer__is_right=True))
        golds: models.QuerySet[GoldItem] = super().get_queryset(request)
        return golds.annotate(answer_count=answered, right_count=right)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only with the item that it is made of (?source=)."""
        chosen = request.GET.get("source") or request.POST.get("source")
        return bool(chosen and request.user.has_perm(roles.GOLD_MARK))

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_mark_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.GOLD_MARK))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What was decided is most likely right."""
        item = ReviewItem.objects.filter(pk=request.GET["source"]).first()
        if item is None:
            return {}
        return {
            "source": item,
            "expected_approve": bool(item.answer_approve),
            "expected_reason": "" if item.answer_approve else item.answer_reason,
        }

    def save_model(self, request: HttpRequest, obj: GoldItem, form: Any, change: bool) -> None:
        made = gold_add(
            item=obj.source,
            expected_approve=obj.expected_approve,
            expected_reason=obj.expected_reason,
            note=obj.note,
            by=staff_of(request),
        )
        obj.pk = made.pk

    @admin.action(description=_("Retire the selected gold items"), permissions=["mark"])
    def retire(self, request: HttpRequest, golds: models.QuerySet[GoldItem]) -> None:
        for_each_row(
            request,
            golds,
            lambda gold: gold_retire(gold=gold, by=staff_of(request)),
            ngettext_lazy("%(count)d gold item was retired.", "%(count)d gold items were retired.", "count"),
        )

    @display(description=_("item"))
    def item(self, gold: GoldItem) -> SafeString:
        address = desk_url(gold.source_id)
        return format_html('<a class="portal-link" href="{}">{}</a>', address, str(gold.source_id)[:8])

    @display(description=_("right answer"), label={"approve": "success", "refuse": "danger"})
    def verdict(self, gold: GoldItem) -> tuple[str, str]:
        if gold.expected_approve:
            return "approve", gettext("approve")
        return "refuse", gettext("refuse")

    @display(description=_("reason"))
    def reason(self, gold: GoldItem) -> str:
        return reasons_text([gold.expected_reason]) if gold.expected_reason else "–"

    @display(description=_("answers"), ordering="answer_count")
    def answers(self, gold: Any) -> int:
        return int(gold.answer_count)

    @display(description=_("right"))
    def right(self, gold: Any) -> str:
        return f"{100 * gold.right_count // gold.answer_count} %" if gold.answer_count else "–"

    @display(description=_("created at"), ordering="created_at")
    def added_on(self, gold: GoldItem) -> str:
        return date_format(localtime(gold.created_at), "Y-m-d")

    @display(description=_("state"), label={"active": "success", "retired": "info"})
    def status(self, gold: GoldItem) -> tuple[str, str]:
        if gold.retired_at is None:
            return "active", gettext("in use")
        return "retired", pgettext("gold item", "retired")


@admin.register(ModerationSettings)
class ModerationSettingsAdmin(ServiceAdmin):
    """One page; the list leads to it."""

    fieldsets = (
        (_("Answers and claims"), {"fields": (("undo_seconds", "bulk_undo_seconds"), "claim_minutes")}),
        (_("Samples"), {"fields": (("second_review_percent", "gold_percent"), "audit_percent")}),
        (_("Shift"), {"fields": (("exposure_budget", "break_minutes"), "shift_hours")}),
        (
            _("Strikes and appeals"),
            {
                "fields": (
                    ("strike_days", "suspension_days"),
                    ("strikes_to_limit", "strikes_to_suspend"),
                    "appeal_days",
                )
            },
        ),
        (_("Near duplicates"), {"fields": ("near_duplicate_distance",)}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one row only. Raises PermissionDenied like every list."""
        row = ModerationSettings.current()
        if not self.has_view_or_change_permission(request) or row._state.adding:
            response: HttpResponse = super().changelist_view(request, extra_context)
            return response
        return HttpResponseRedirect(reverse("admin:moderation_moderationsettings_change", args=[row.pk]))

    def save_model(self, request: HttpRequest, obj: ModerationSettings, form: Any, change: bool) -> None:
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        if changes:
            settings_change(changes=changes, by=staff_of(request))
