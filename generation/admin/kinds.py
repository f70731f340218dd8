"""The kind of a job in the console's lists, under its name instead of its key."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from generation.kinds import KINDS
from generation.texts import kind_text


class KindFilter(admin.SimpleListFilter):
    """By kind of job, under its name instead of its key."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(kind, kind_text(kind)) for kind in KINDS]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class NamesKind:
    """Adds the column `kind_name`."""

    @display(description=_("kind"), ordering="kind")
    def kind_name(self, row: Any) -> str:
        return kind_text(row.kind)
