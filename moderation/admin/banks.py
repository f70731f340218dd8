"""Hash banks and their entries in the console."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from moderation.blindness import entries_shown_to
from moderation.models import BankEntry, BankKind, HashAlgorithm, HashBank
from moderation.services.bank_imports import bank_entries_export, bank_entries_import
from moderation.services.banks import (
    bank_change,
    bank_create,
    bank_entry_add,
    bank_entry_remove,
    hash_cleaned,
)
from moderation.texts import subject_type_text
from tongyi_portal.common import roles
from tongyi_portal.common.admin import for_each_row, staff_of
from tongyi_portal.common.errors import AppError

_SEVERITY_COLOURS = {0: "default", 2: "info", 4: "warning", 6: "danger"}
_KIND_COLOURS = {BankKind.BLOCK: "danger", BankKind.ALLOW: "success"}
IMPORT_FAULTS = {
    "too_large": _("The file is too large."),
    "encoding": _("The file is not UTF-8 text."),
    "columns": _("The file has no column “hash”."),
    "too_many_rows": _("The file has too many lines."),
}


class _EditedByServices(ModelAdmin):  # type: ignore[misc]
    """Rows are made and changed by services; nothing is deleted."""

    list_per_page = 50
    show_full_result_count = False
    compressed_fields = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.BANKS_EDIT))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(roles.BANKS_EDIT))

    def has_edit_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.BANKS_EDIT))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(HashBank)
class HashBankAdmin(_EditedByServices):
    list_display = ("name", "meaning", "category", "gravity", "hashes", "owner", "status")
    list_filter = ("kind", "category", "is_enabled")
    search_fields = ("name", "note")
    list_select_related = ("owner",)
    fields = ("name", "kind", ("category", "severity"), "owner", "is_enabled", "note")
    actions = ("switch_on", "switch_off")
    change_form_template = "moderation/banks/bank.html"

    def get_urls(self) -> list[URLPattern]:
        """The pages of files stand before the theme's own addresses."""
        own = [
            path("<uuid:bank_id>/import/", self.admin_site.admin_view(self.take_file), name="banks_import"),
            path("<uuid:bank_id>/export/", self.admin_site.admin_view(self.give_file), name="banks_export"),
        ]
        return [*own, *super().get_urls()]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new bank counts at once."""
        return self.fields if obj is not None else tuple(one for one in self.fields if one != "is_enabled")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What a match means never changes under the entries that are there."""
        return ("kind",) if obj is not None else ()

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[HashBank]:
        """With the number of hashes that match."""
        counted = models.Count("entries", filter=models.Q(entries__removed_at__isnull=True))
        rows: models.QuerySet[HashBank] = super().get_queryset(request)
        return rows.annotate(entry_count=counted)

    def save_model(self, request: HttpRequest, obj: HashBank, form: Any, change: bool) -> None:
        given = {name: form.cleaned_data[name] for name in form.cleaned_data if name in form.fields}
        if not change:
            obj.pk = bank_create(by=staff_of(request), **given).pk
            obj._state.adding = False
        elif form.changed_data:
            changed = {name: given[name] for name in form.changed_data}
            bank_change(bank=HashBank.objects.get(pk=obj.pk), by=staff_of(request), **changed)

    def take_file(self, request: HttpRequest, bank_id: Any) -> HttpResponse:
        """Import an uploaded CSV file, then back to the bank."""
        bank = get_object_or_404(HashBank, pk=bank_id)
        file = request.FILES.get("file")
        if request.method == "POST" and file is not None:
            try:
                report = bank_entries_import(bank=bank, data=file.read(), by=staff_of(request))
            except AppError as error:
                fault = IMPORT_FAULTS.get(error.details.get("fault", ""), error.message)
                messages.error(request, gettext(str(fault)))
            else:
                self._tell(request, report)
        return HttpResponseRedirect(reverse("admin:moderation_hashbank_change", args=[bank.pk]))

    def give_file(self, request: HttpRequest, bank_id: Any) -> StreamingHttpResponse:
        """The bank's active entries as CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        bank = get_object_or_404(HashBank, pk=bank_id)
        answer = StreamingHttpResponse(bank_entries_export(bank), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="bank-{bank.pk.hex[:8]}.csv"'
        return answer

    @staticmethod
    def _tell(request: HttpRequest, report: Any) -> None:
        added = ngettext("%(count)d hash was added.", "%(count)d hashes were added.", report.added)
        messages.success(request, added % {"count": report.added})
        if report.known:
            known = ngettext(
                "%(count)d hash was on the bank already.",
                "%(count)d hashes were on the bank already.",
                report.known,
            )
            messages.info(request, known % {"count": report.known})
        if report.fault_count:
            lines = ", ".join(str(line) for line, _code in report.faults)
            left = ngettext(
                "%(count)d line was left out, as it holds no hash: %(lines)s.",
                "%(count)d lines were left out, as they hold no hash: %(lines)s.",
                report.fault_count,
            )
            messages.warning(request, left % {"count": report.fault_count, "lines": lines})

    @admin.action(description=_("Switch the selected banks on"), permissions=["edit"])
    def switch_on(self, request: HttpRequest, banks: models.QuerySet[HashBank]) -> None:
        self._switch(request, banks, True)

    @admin.action(description=_("Switch the selected banks off"), permissions=["edit"])
    def switch_off(self, request: HttpRequest, banks: models.QuerySet[HashBank]) -> None:
        self._switch(request, banks, False)

    def _switch(self, request: HttpRequest, banks: models.QuerySet[HashBank], is_enabled: bool) -> None:
        for_each_row(
            request,
            banks.exclude(is_enabled=is_enabled),
            lambda bank: bank_change(bank=bank, by=staff_of(request), is_enabled=is_enabled),
            ngettext_lazy("%(count)d bank was switched.", "%(count)d banks were switched.", "count"),
        )

    @display(description=_("kind"), ordering="kind", label=_KIND_COLOURS)
    def meaning(self, bank: HashBank) -> tuple[str, str]:
        return bank.kind, bank.get_kind_display()

    @display(description=_("severity"), ordering="severity", label=_SEVERITY_COLOURS)
    def gravity(self, bank: HashBank) -> tuple[int, str]:
        return bank.severity, bank.get_severity_display()

    @display(description=_("hashes"))
    def hashes(self, bank: Any) -> SafeString:
        address = f"{reverse('admin:moderation_bankentry_changelist')}?bank__id__exact={bank.pk}"
        return format_html('<a class="portal-link" href="{}">{}</a>', address, bank.entry_count)

    @display(description=_("state"), label={"on": "success", "off": "default"})
    def status(self, bank: HashBank) -> tuple[str, str]:
        return ("on", gettext("on")) if bank.is_enabled else ("off", gettext("off"))


class ActiveFilter(admin.SimpleListFilter):
    """By whether an entry still matches; those that do, unless asked otherwise."""

    title = _("state")
    parameter_name = "removed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("removed")), ("no", _("on the bank"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        if self.value() in ("yes", "no"):
            return queryset.filter(removed_at__isnull=self.value() == "no")
        return queryset


class BankEntryForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new hash, or the reason why one is removed."""

    class Meta:
        labels: ClassVar = {"removed_reason": _("Reason to remove it")}
        help_texts: ClassVar = {
            "removed_reason": _("Saving takes this hash off its bank; the row stays to be read.")
        }

    def clean_value(self) -> str:
        try:
            return hash_cleaned(self.cleaned_data["value"])
        except AppError as error:
            raise forms.ValidationError(gettext("A hash has 64 hexadecimal digits.")) from error

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if {"bank", "algorithm", "value"} <= set(given):
            standing = BankEntry.objects.filter(bank=given["bank"], removed_at__isnull=True)
            if standing.filter(algorithm=given["algorithm"], value=given["value"]).exists():
                self.add_error("value", gettext("This hash is on the bank already."))
        return given

    def clean_removed_reason(self) -> str:
        reason = str(self.cleaned_data["removed_reason"]).strip()
        if not reason:
            raise forms.ValidationError(gettext("Say why this hash is removed."))
        return reason


@admin.register(BankEntry)
class BankEntryAdmin(_EditedByServices):
    form = BankEntryForm
    list_display = ("short_value", "algorithm", "bank", "note", "source", "added_at", "added_by", "status")
    list_filter = ("bank", "bank__kind", "algorithm", ActiveFilter)
    search_fields = ("value", "note", "source_subject_id")
    list_select_related = ("bank", "added_by")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[BankEntry]:
        """Without what tells a blind reviewer that their content stands on a bank."""
        rows: models.QuerySet[BankEntry] = super().get_queryset(request)
        return entries_shown_to(request.user, rows)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup.startswith("bank__") or super().lookup_allowed(lookup, value, request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[Any, ...]:
        if obj is None:
            return ("bank", "algorithm", "value", "note")
        tie = ("same_as",) if obj.same_as_id is not None else ()
        shown = ("bank", "algorithm", "value", "note", "source", *tie, ("added_at", "added_by"))
        return (*shown, "removed_reason") if obj.is_active else (*shown, ("removed_at", "removed_by"), "why")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        fixed = ("bank", "algorithm", "value", "note", "source", "same_as", "added_at", "added_by")
        return (*fixed, "removed_at", "removed_by", "why")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """PDQ unless the address says otherwise: it also finds edited copies."""
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        return {"algorithm": HashAlgorithm.PDQ, **given}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or obj.is_active) and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: BankEntry, form: Any, change: bool) -> None:
        given = form.cleaned_data
        try:
            if change:
                entry = BankEntry.objects.get(pk=obj.pk)
                bank_entry_remove(entry=entry, by=staff_of(request), reason=given["removed_reason"])
            else:
                obj.pk = bank_entry_add(by=staff_of(request), **given).pk
                obj._state.adding = False
        except AppError as error:
            messages.error(request, gettext(str(error.message)))

    @display(description=_("hash"), ordering="value")
    def short_value(self, entry: BankEntry) -> SafeString:
        return format_html("<code>{}…</code>", entry.value[:16])

    @display(description=_("made from"))
    def source(self, entry: BankEntry) -> str:
        if entry.source_subject_id is None:
            return "–"
        return f"{subject_type_text(entry.source_subject_type)} {str(entry.source_subject_id)[:8]}"

    @display(description=_("why it was removed"))
    def why(self, entry: BankEntry) -> str:
        if entry.removed_reason == "decision_revised":
            return gettext("The decision it rested on was changed.")
        return entry.removed_reason or "–"

    @display(description=_("state"), label={"on": "success", "off": "default"})
    def status(self, entry: BankEntry) -> tuple[str, str]:
        return ("on", gettext("on the bank")) if entry.is_active else ("off", gettext("removed"))
