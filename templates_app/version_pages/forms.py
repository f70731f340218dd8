"""Forms of the library's console pages: rights, times, slots, and what bulk steps ask for."""

from copy import copy
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from templates_app.models import Category, DanceTemplate, RightsRecord, Tag, TemplateVersion
from templates_app.models.rights import WORLD
from templates_app.services.publishing import WHY_CHARS
from templates_app.services.rights import RIGHTS_FIELDS
from tongyi_portal.common.moments import MomentFormField
from tongyi_portal.common.territories import territory_codes, territory_name

_WORLD_CHOICE, _SOME_CHOICE = "world", "some"
REACHES = [
    ("", _("not stated")),
    (_WORLD_CHOICE, _("The whole world")),
    (_SOME_CHOICE, _("These countries")),
]


class MomentInput(forms.DateTimeInput):
    """The browser's own picker of day and time, in the site's zone."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


def moment_field(label: Any, *, required: bool = False) -> forms.DateTimeField:
    return MomentFormField(label=label, required=required, widget=MomentInput())


class TemplatePicker(forms.ModelChoiceField):  # type: ignore[type-arg] # not generic at run time
    """One template of any number: the page holds the chosen one alone and asks for others by search."""

    def __init__(self, **options: Any) -> None:
        relation = TemplateVersion._meta.get_field("template")
        options.setdefault("widget", AutocompleteSelect(relation, admin.site))
        super().__init__(DanceTemplate.objects.all(), **options)


class _SlugSelect(AutocompleteSelect):
    """Its choices are slugs, which `address` answers to what was typed."""

    def __init__(self, address: str) -> None:
        relation = copy(TemplateVersion._meta.get_field("template"))
        relation.remote_field = copy(relation.remote_field)
        relation.remote_field.field_name = "slug"
        super().__init__(relation, admin.site)
        self.url_name = address

    def get_url(self) -> str:
        return reverse(self.url_name)


class SlugPicker(TemplatePicker):
    """A TemplatePicker for scripts that know templates by their slugs."""

    def __init__(self, address: str, **options: Any) -> None:
        super().__init__(widget=_SlugSelect(address), to_field_name="slug", **options)


class ScheduleForm(forms.Form):
    publish_at = moment_field(_("goes live at"), required=True)
    expire_at = moment_field(_("retires at"))


class CoverForm(forms.Form):
    preview = forms.UUIDField(label=_("cover picture"))


class RetireForm(forms.Form):
    why = forms.CharField(label=_("why"), max_length=WHY_CHARS, required=False)


class ExpiryForm(forms.Form):
    expire_at = moment_field(_("retires at"))


class SlotForm(forms.Form):
    starts_at = moment_field(_("from"))
    ends_at = moment_field(_("until"))


class NewSlotForm(SlotForm):
    template = TemplatePicker(label=_("template"))
    field_order = ("template", "starts_at", "ends_at")


class TagForm(forms.Form):
    tags = forms.ModelMultipleChoiceField(
        Tag.objects.all(), label=_("tags"), widget=forms.CheckboxSelectMultiple, to_field_name="slug"
    )

    def clean_tags(self) -> list[str]:
        return [tag.slug for tag in self.cleaned_data["tags"]]


class CategoryForm(forms.Form):
    category = forms.ModelChoiceField(Category.objects.all(), label=_("category"), to_field_name="slug")

    def clean_category(self) -> str:
        return str(self.cleaned_data["category"].slug)


class RightsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Only reads what was typed: what is right is the service's to say."""

    reach = forms.ChoiceField(
        label=_("Where"),
        choices=REACHES,
        required=False,
    )
    countries = forms.MultipleChoiceField(label=_("Countries"), required=False)

    class Meta:
        model = RightsRecord
        fields = [name for name in RIGHTS_FIELDS if name != "territory"]
        widgets = {"valid_until": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        named = sorted((territory_name(code, language), code) for code in territory_codes())
        self.fields["countries"].choices = [(code, f"{name} ({code})") for name, code in named]  # type: ignore[attr-defined]
        territory = self.instance.territory
        if territory:
            self.initial["reach"] = _WORLD_CHOICE if WORLD in territory else _SOME_CHOICE
            self.initial["countries"] = [code for code in territory if code != WORLD]

    def stated(self) -> dict[str, Any]:
        """The fields of the record as the service takes them."""
        values = dict(self.cleaned_data)
        reach, countries = values.pop("reach"), sorted(values.pop("countries"))
        chosen = {_WORLD_CHOICE: [WORLD], _SOME_CHOICE: countries}
        values["territory"] = chosen.get(reach, [])
        return values

    def _post_clean(self) -> None:
        """Contradictions are told by the service, with the same words as over the API."""
