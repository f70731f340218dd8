"""Word lists, their words, and submitted texts in the console."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from moderation.models import Term, TermList, TextSubmission, ViewChoice
from moderation.services.terms import (
    list_change,
    list_create,
    list_enable,
    term_add,
    term_change,
    term_remove,
    term_restore,
)
from moderation.states import TextState
from moderation.term_pages.files import LINE_FAULTS
from moderation.term_pages.urls import term_list_urls
from moderation.terms.files import word_cleaned, word_fault
from moderation.texts import reasons_text
from tongyi_portal.common import roles
from tongyi_portal.common.admin import EvidenceAdmin, for_each_row, staff_of

_SEVERITY_COLOURS = {0: "default", 2: "info", 4: "warning", 6: "danger"}
_TEXT_COLOURS = {
    TextState.PENDING: "info",
    TextState.ACCEPTED: "success",
    TextState.IN_REVIEW: "warning",
    TextState.BLOCKED: "danger",
    TextState.ERASED: "default",
}


class ExpiryFilter(admin.SimpleListFilter):
    """By whether a word or list still counts."""

    title = _("expiry")
    parameter_name = "expiry"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("expired", _("expired")), ("dated", _("expires later")), ("never", _("never expires"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        moment = timezone.now()
        wanted: dict[str | None, dict[str, Any]] = {
            "expired": {"expires_at__lte": moment},
            "dated": {"expires_at__gt": moment},
            "never": {"expires_at__isnull": True},
        }
        return queryset.filter(**wanted.get(self.value(), {}))


class TermForm(forms.ModelForm):  # type: ignore[type-arg]
    """A word, checked as services check it."""

    views = forms.MultipleChoiceField(
        label=_("Readings"),
        choices=ViewChoice.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("None chosen: those that suit its length and script. Only the first two may block."),
    )

    def clean_text(self) -> str:
        word = word_cleaned(self.cleaned_data["text"])
        fault = word_fault(word)
        if fault is not None:
            raise forms.ValidationError(LINE_FAULTS[fault])
        return word


class _EditedByServices(ModelAdmin):  # type: ignore[misc]
    """Rows are made and changed by services; nothing is deleted."""

    list_per_page = 50
    show_full_result_count = False
    compressed_fields = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.TERMS_EDIT))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(roles.TERMS_EDIT))

    def has_edit_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.TERMS_EDIT))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(TermList)
class TermListAdmin(_EditedByServices):
    list_display = (
        "title",
        "kind",
        "category",
        "gravity",
        "language",
        "words",
        "owner",
        "expires_at",
        "status",
    )
    list_filter = ("kind", "category", "language", "is_enabled", ExpiryFilter)
    search_fields = ("name", "note")
    list_select_related = ("owner",)
    fields = (
        "name",
        "kind",
        ("category", "severity"),
        ("language", "owner"),
        "expires_at",
        "note",
    )
    actions = ("switch_on", "switch_off")
    change_list_template = "moderation/terms/lists.html"
    change_form_template = "moderation/terms/list.html"

    def get_urls(self) -> list[URLPattern]:
        """The pages of lists stand before the theme's own addresses."""
        return [*term_list_urls(), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[TermList]:
        """With the number of words that are looked for."""
        counted = models.Count("terms", filter=models.Q(terms__is_enabled=True))
        rows: models.QuerySet[TermList] = super().get_queryset(request)
        return rows.annotate(word_count=counted)

    def save_model(self, request: HttpRequest, obj: TermList, form: Any, change: bool) -> None:
        given = {name: form.cleaned_data[name] for name in form.cleaned_data if name in form.fields}
        if change:
            changed = {name: given[name] for name in form.changed_data}
            if changed:
                list_change(term_list=TermList.objects.get(pk=obj.pk), by=staff_of(request), **changed)
        else:
            obj.pk = list_create(by=staff_of(request), **given).pk
            obj._state.adding = False

    @admin.action(description=_("Switch the selected lists on"), permissions=["edit"])
    def switch_on(self, request: HttpRequest, lists: models.QuerySet[TermList]) -> None:
        self._switch(request, lists, True)

    @admin.action(description=_("Switch the selected lists off"), permissions=["edit"])
    def switch_off(self, request: HttpRequest, lists: models.QuerySet[TermList]) -> None:
        self._switch(request, lists, False)

    def _switch(self, request: HttpRequest, lists: models.QuerySet[TermList], is_enabled: bool) -> None:
        for_each_row(
            request,
            lists,
            lambda one: list_enable(term_list=one, is_enabled=is_enabled, by=staff_of(request)),
            ngettext_lazy("%(count)d list was switched.", "%(count)d lists were switched.", "count"),
        )

    @display(description=_("name"), ordering="name")
    def title(self, term_list: TermList) -> str:
        return str(term_list)

    @display(description=_("severity"), ordering="severity", label=_SEVERITY_COLOURS)
    def gravity(self, term_list: TermList) -> tuple[int, str]:
        return term_list.severity, term_list.get_severity_display()

    @display(description=_("words"))
    def words(self, term_list: Any) -> SafeString:
        address = f"{reverse('admin:moderation_term_changelist')}?term_list__id__exact={term_list.pk}"
        return format_html('<a class="portal-link" href="{}">{}</a>', address, term_list.word_count)

    @display(description=_("state"), label={"on": "success", "off": "default", "expired": "warning"})
    def status(self, term_list: TermList) -> tuple[str, str]:
        if not term_list.is_enabled:
            return "off", gettext("off")
        if term_list.expires_at and term_list.expires_at <= timezone.now():
            return "expired", gettext("expired")
        return "on", gettext("on")


@admin.register(Term)
class TermAdmin(_EditedByServices):
    form = TermForm
    list_display = ("text", "list_title", "category", "is_whole_word", "readings", "expires_at", "status")
    list_filter = (
        "term_list",
        "term_list__category",
        "term_list__language",
        "term_list__kind",
        "is_enabled",
        ExpiryFilter,
    )
    search_fields = ("text", "note")
    list_select_related = ("term_list",)
    fields = ("term_list", "text", "is_whole_word", "views", "note", "expires_at")
    actions = ("remove", "put_back")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup.startswith("term_list__") or super().lookup_allowed(lookup, value, request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("term_list",) if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Term, form: Any, change: bool) -> None:
        given = form.cleaned_data
        if change:
            changed = {name: given[name] for name in form.changed_data}
            if changed:
                term_change(term=Term.objects.get(pk=obj.pk), by=staff_of(request), **changed)
        else:
            obj.pk = term_add(by=staff_of(request), **given).pk
            obj._state.adding = False

    @admin.action(description=_("No longer look for the selected words"), permissions=["edit"])
    def remove(self, request: HttpRequest, terms: models.QuerySet[Term]) -> None:
        for_each_row(
            request,
            terms,
            lambda term: term_remove(term=term, by=staff_of(request)),
            ngettext_lazy("%(count)d word was removed.", "%(count)d words were removed.", "count"),
        )

    @admin.action(description=_("Look for the selected words again"), permissions=["edit"])
    def put_back(self, request: HttpRequest, terms: models.QuerySet[Term]) -> None:
        for_each_row(
            request,
            terms,
            lambda term: term_restore(term=term, by=staff_of(request)),
            ngettext_lazy("%(count)d word was put back.", "%(count)d words were put back.", "count"),
        )

    @display(description=_("list"), ordering="term_list__name")
    def list_title(self, term: Term) -> str:
        return str(term.term_list)

    @display(description=_("category"), ordering="term_list__category")
    def category(self, term: Term) -> str:
        return str(term.term_list.get_category_display())

    @display(description=_("readings"))
    def readings(self, term: Term) -> str:
        names = dict(ViewChoice.choices)
        return ", ".join(str(names.get(view, view)) for view in term.views) or gettext("as suits it")

    @display(description=_("state"), label={"on": "success", "off": "default", "expired": "warning"})
    def status(self, term: Term) -> tuple[str, str]:
        if not term.is_enabled:
            return "off", gettext("removed")
        if term.expires_at and term.expires_at <= timezone.now():
            return "expired", gettext("expired")
        return "on", gettext("on")


@admin.register(TextSubmission)
class TextSubmissionAdmin(EvidenceAdmin):
    list_display = ("created_at", "surface", "language", "character_count", "owner", "status", "reasons")
    fields = (("created_at", "status"), ("surface", "language"), "owner", "character_count", "reasons")
    readonly_fields = ("created_at", "status", "reasons")
    list_filter = ("state", "surface", "language")
    search_fields = ("id", "owner__username")
    list_select_related = ("owner",)

    @display(description=_("state"), label=_TEXT_COLOURS)
    def status(self, submission: TextSubmission) -> tuple[str, str]:
        return submission.state, submission.get_state_display()

    @display(description=_("reasons"))
    def reasons(self, submission: TextSubmission) -> str:
        return reasons_text(submission.reason_codes)
