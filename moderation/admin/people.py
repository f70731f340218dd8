"""Strikes, measures and appeals in the console: evidence to read, and the acts of senior moderators."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from moderation.blindness import not_given_away_to
from moderation.models import AccountMeasure, Appeal, MeasureKind, Strike
from moderation.models.choices import CategoryChoice
from moderation.review.item_context import refusal_reasons
from moderation.services.appeals import appeal_decide, appeal_text
from moderation.services.strikes import COUNTED, measure_impose, measure_lift, strike_issue, strike_lift
from moderation.states import AppealState
from moderation.texts import reasons_text
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.admin import EvidenceAdmin, for_each_row, staff_of
from tongyi_portal.common.errors import AppError

STANDING_COLOURS = {"counts": "danger", "lifted": "success", "over": "info"}
APPEAL_COLOURS = {
    AppealState.OPEN: "warning",
    AppealState.OVERTURNED: "success",
    AppealState.UPHELD: "danger",
    AppealState.WITHDRAWN: "info",
}


COUNTED_CHOICES = [(value, label) for value, label in CategoryChoice.choices if value in COUNTED]


class PeopleAdmin(EvidenceAdmin):
    """Rows are read by moderators; those who may act for people also add and lift."""

    tells_of: tuple[str, ...] = ()  # the fields that lead to a decision

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = super().get_queryset(request)
        for field in self.tells_of:
            kind, key = f"{field}__subject_type", f"{field}__subject_id"
            rows = not_given_away_to(request.user, rows, subject_type=kind, subject_id=key)
        return rows

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.PEOPLE_MANAGE))


class _HandForm(forms.ModelForm):  # type: ignore[type-arg]
    """Account, reason and note of an act by hand."""

    account = forms.CharField(
        label=_("account"), help_text=_("User name."), widget=UnfoldAdminTextInputWidget
    )
    reason_code = forms.ChoiceField(
        label=_("reason"), choices=refusal_reasons, widget=UnfoldAdminSelectWidget
    )
    note = forms.CharField(label=_("note for staff"), max_length=2000, widget=UnfoldAdminTextareaWidget)

    def clean_account(self) -> User:
        found = User.objects.filter(username=self.cleaned_data["account"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("There is no such account."))
        return found


class StrikeForm(_HandForm):
    category = forms.ChoiceField(label=_("category"), choices=COUNTED_CHOICES, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Strike
        fields = ("category", "reason_code", "note")


class MeasureForm(_HandForm):
    kind = forms.ChoiceField(label=_("measure"), choices=MeasureKind.choices, widget=UnfoldAdminSelectWidget)
    days = forms.IntegerField(
        label=_("days"), min_value=1, max_value=3650, initial=30, widget=UnfoldAdminIntegerFieldWidget
    )

    class Meta:
        model = AccountMeasure
        fields = ("kind", "reason_code", "note")


class HandMadeAdmin(PeopleAdmin, ModelAdmin):  # type: ignore[misc]
    """Adds a form to a page of evidence; the service of the page carries it out."""

    hand_form: Any

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_manage_permission(request)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = self.hand_form
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None:
            return super().get_fields(request, obj)
        return ["account", *(name for name in self.hand_form.base_fields if name != "account")]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_readonly_fields(request, obj) if obj is not None else ()

    def act(self, request: HttpRequest, given: dict[str, Any]) -> models.Model:
        raise NotImplementedError

    def standing(self, row: Any) -> tuple[str, Any]:
        raise NotImplementedError

    @display(description=_("state"))
    def standing_words(self, row: Any) -> str:
        """The state as a word; only lists draw the coloured label."""
        return str(self.standing(row)[1])

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The service writes the row; the one that the form would have written is left aside."""
        row = self.act(request, form.cleaned_data)
        obj.__dict__.update(row.__dict__)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        try:
            answer: HttpResponse = super().add_view(request, form_url, extra_context)
        except AppError as error:
            messages.error(request, gettext(str(error.message)))
            name = f"admin:moderation_{self.model._meta.model_name}_changelist"
            return HttpResponseRedirect(reverse(name))
        return answer


@admin.register(Strike)
class StrikeAdmin(HandMadeAdmin):
    tells_of = ("decision",)
    hand_form = StrikeForm
    list_display = ("created_at", "owner", "category", "standing", "reason", "expires_at", "issued_by")
    fields = (
        ("owner", "category"),
        "reason",
        "note",
        ("created_at", "expires_at"),
        ("standing_words", "issued_by"),
        "decision",
    )
    readonly_fields = ("standing_words", "reason", "created_at")
    list_filter = ("category", ("decision", admin.EmptyFieldListFilter))
    search_fields = ("owner__username", "note")
    list_select_related = ("owner", "issued_by", "decision", "lift")
    date_hierarchy = "created_at"
    actions = ("take_back",)

    def act(self, request: HttpRequest, given: dict[str, Any]) -> Strike:
        return strike_issue(owner=given.pop("account"), **given, by=staff_of(request))

    @admin.action(description=_("Lift the selected strikes"), permissions=["manage"])
    def take_back(self, request: HttpRequest, strikes: models.QuerySet[Strike]) -> None:
        for_each_row(
            request,
            strikes,
            lambda strike: strike_lift(strike=strike, note="", by=staff_of(request)),
            ngettext_lazy("%(count)d strike was lifted.", "%(count)d strikes were lifted.", "count"),
        )

    @display(description=_("state"), label=STANDING_COLOURS)
    def standing(self, strike: Strike) -> tuple[str, Any]:
        return _standing(hasattr(strike, "lift"), strike.expires_at)

    @display(description=_("reason"))
    def reason(self, strike: Strike) -> str:
        return reasons_text([strike.reason_code])


@admin.register(AccountMeasure)
class AccountMeasureAdmin(HandMadeAdmin):
    hand_form = MeasureForm
    list_display = ("created_at", "owner", "kind", "standing", "reason", "until", "imposed_by")
    fields = (
        ("owner", "kind"),
        "reason",
        "note",
        ("created_at", "until"),
        ("standing_words", "imposed_by"),
        ("strike", "threshold"),
    )
    readonly_fields = ("standing_words", "reason", "created_at")
    list_filter = ("kind",)
    search_fields = ("owner__username", "note")
    list_select_related = ("owner", "imposed_by", "strike", "lift")
    date_hierarchy = "created_at"
    actions = ("end",)

    def act(self, request: HttpRequest, given: dict[str, Any]) -> AccountMeasure:
        until = timezone.now() + timedelta(days=given.pop("days"))
        return measure_impose(owner=given.pop("account"), **given, until=until, by=staff_of(request))

    @admin.action(description=_("End the selected measures"), permissions=["manage"])
    def end(self, request: HttpRequest, measures: models.QuerySet[AccountMeasure]) -> None:
        for_each_row(
            request,
            measures,
            lambda measure: measure_lift(measure=measure, note="", by=staff_of(request)),
            ngettext_lazy("%(count)d measure was ended.", "%(count)d measures were ended.", "count"),
        )

    @display(description=_("state"), label=STANDING_COLOURS)
    def standing(self, measure: AccountMeasure) -> tuple[str, Any]:
        return _standing(hasattr(measure, "lift"), measure.until)

    @display(description=_("reason"))
    def reason(self, measure: AccountMeasure) -> str:
        return reasons_text([measure.reason_code])


@admin.register(Appeal)
class AppealAdmin(PeopleAdmin):
    """Most appeals are decided on the review desk; those about acts by hand, and stuck ones, here."""

    tells_of = ("decision",)
    list_display = ("created_at", "owner", "status", "about", "review_item", "decided_by", "decided_at")
    fields = (
        ("owner", "state"),
        "about",
        "words",
        ("language", "created_at"),
        ("decided_by", "decided_at"),
        ("review_item", "outcome"),
    )
    readonly_fields = ("state", "about", "words", "created_at", "decided_at")
    list_filter = ("state",)
    search_fields = ("owner__username",)
    list_select_related = ("owner", "decision", "strike", "measure", "review_item", "decided_by", "outcome")
    date_hierarchy = "created_at"
    actions = ("overturn", "uphold")

    @admin.action(description=_("Take the decision back"), permissions=["manage"])
    def overturn(self, request: HttpRequest, appeals: models.QuerySet[Appeal]) -> None:
        self._decide(request, appeals, approve=True)

    @admin.action(description=_("Let the decision stand"), permissions=["manage"])
    def uphold(self, request: HttpRequest, appeals: models.QuerySet[Appeal]) -> None:
        self._decide(request, appeals, approve=False)

    def _decide(self, request: HttpRequest, appeals: models.QuerySet[Appeal], *, approve: bool) -> None:
        for_each_row(
            request,
            appeals,
            lambda appeal: appeal_decide(appeal=appeal, approve=approve, note="", by=staff_of(request)),
            ngettext_lazy("%(count)d appeal was decided.", "%(count)d appeals were decided.", "count"),
        )

    @display(description=_("state"), label=APPEAL_COLOURS)
    def status(self, appeal: Appeal) -> tuple[str, str]:
        return appeal.state, appeal.get_state_display()

    @display(description=_("what it is about"))
    def about(self, appeal: Appeal) -> str:
        if appeal.decision is not None:
            return reasons_text(appeal.decision.reason_codes)
        return str(appeal.strike or appeal.measure)

    @display(description=_("text of the appeal"))
    def words(self, appeal: Appeal) -> str:
        return appeal_text(appeal) or "–"


def _standing(is_lifted: bool, until: Any) -> tuple[str, Any]:
    if is_lifted:
        return "lifted", _("lifted")
    return ("counts", _("in force")) if until > timezone.now() else ("over", _("expired"))
