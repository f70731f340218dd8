"""What the catalogue can be narrowed by; values that do not fit are faults."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from templates_app.models import BodyStyle, DanceTemplate
from templates_app.models.rights import SOUNDING
from templates_app.search_words import words_of
from templates_app.selectors import ORDERS, templates_search

MAX_WORDS = 8


class _YesNoField(forms.Field):
    """true or false, and nothing that is taken for one of them."""

    def to_python(self, value: Any) -> bool | None:
        if value in {None, ""}:
            return None
        if str(value).lower() not in {"true", "false"}:
            raise forms.ValidationError(_("Give true or false."), code="invalid")
        return str(value).lower() == "true"


class YesNoFilter(django_filters.BooleanFilter):  # type: ignore[misc]
    field_class = _YesNoField


class _SearchField(forms.CharField):
    def validate(self, value: str) -> None:
        super().validate(value)
        if len(words_of(value)) > MAX_WORDS:
            raise forms.ValidationError(
                _("Search for at most %(limit)d words."), code="too_many_words", params={"limit": MAX_WORDS}
            )


class SearchFilter(django_filters.CharFilter):  # type: ignore[misc]
    """Templates that are found by the words, as everywhere in the product."""

    field_class = _SearchField

    def __init__(self) -> None:
        super().__init__(
            max_length=100,
            label=(
                "Words that all occur in a name, tag, category or description: Chinese (simplified or "
                "traditional), pinyin (`kemusan`, `ke mu san`, `kms`) or English. At most 8."
            ),
        )

    def filter(self, qs: QuerySet[DanceTemplate], value: str) -> QuerySet[DanceTemplate]:
        return templates_search(qs, value) if value else qs


class TemplateFilter(django_filters.FilterSet):  # type: ignore[misc]
    search = SearchFilter()
    category = django_filters.CharFilter(field_name="category__slug", label="Slug of a category.")
    tag = django_filters.CharFilter(field_name="tags__slug", label="Slug of a tag.")
    body_style = django_filters.ChoiceFilter(
        field_name="live_version__body_style",
        choices=BodyStyle.choices,
        label="What the photo must show: the whole person, or from the hips up.",
    )
    people = django_filters.NumberFilter(
        field_name="live_version__people_count",
        min_value=1,
        max_value=100,
        label="How many people dance.",
    )
    duration_min = django_filters.NumberFilter(
        field_name="live_version__duration_seconds",
        lookup_expr="gte",
        min_value=0,
        max_value=3600,
        label="Seconds that it lasts at least.",
    )
    duration_max = django_filters.NumberFilter(
        field_name="live_version__duration_seconds",
        lookup_expr="lte",
        min_value=0,
        max_value=3600,
        label="Seconds that it lasts at most.",
    )
    is_loop = YesNoFilter(
        field_name="live_version__is_loop", label="Whether it can be repeated without a seam."
    )
    with_music = YesNoFilter(method="filter_music", label="Whether videos made with it have its music.")
    sort = django_filters.ChoiceFilter(
        choices=[(name, name) for name in ORDERS],
        method="keep",
        label=(
            "featured (as the library is laid out), popular (videos of four weeks), trending (this week over "
            "the last), newest. Without it: featured, or with `search` the best match first."
        ),
    )

    def filter_music(
        self, queryset: QuerySet[DanceTemplate], _name: str, value: bool
    ) -> QuerySet[DanceTemplate]:
        sounds = Q(live_version__rights__music_basis__in=SOUNDING) & ~Q(live_version__music_key="")
        return queryset.filter(sounds) if value else queryset.exclude(sounds)

    def keep(self, queryset: QuerySet[DanceTemplate], _name: str, _value: str) -> QuerySet[DanceTemplate]:
        """The order is applied page by page, see paging."""
        return queryset
