"""Parts that several of moderation's console pages use."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from moderation.subject_registry import subject_types
from moderation.taxonomy import Verdict
from moderation.texts import subject_type_text

VERDICT_COLOURS = {Verdict.PASS: "success", Verdict.REVIEW: "warning", Verdict.BLOCK: "danger"}


class SubjectTypeFilter(admin.SimpleListFilter):
    """By kind of content, under its name instead of its key."""

    title = _("subject type")
    parameter_name = "subject_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(kind.key, kind.label) for kind in subject_types()]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return queryset.filter(subject_type=self.value()) if self.value() else queryset


class NamesSubjects:
    """Adds the column `subject_kind`."""

    @display(description=_("subject type"), ordering="subject_type")
    def subject_kind(self, row: Any) -> str:
        return subject_type_text(row.subject_type)
