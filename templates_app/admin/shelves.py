"""Categories and tags in the console."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from templates_app.admin.shared import TellsRefusals
from templates_app.models import Category, Tag
from templates_app.services.templates import shelf_save
from tongyi_portal.common.admin import staff_of


@admin.register(Category, Tag)
class ShelfAdmin(TellsRefusals, ModelAdmin):  # type: ignore[misc]
    list_display = ("slug", "name_zh", "name_en")
    search_fields = ("slug", "name_zh", "name_en")

    def save_model(self, request: HttpRequest, obj: Category | Tag, form: Any, change: bool) -> None:
        """Make or change it through its service."""
        shelf_save(shelf=obj, by=staff_of(request))
