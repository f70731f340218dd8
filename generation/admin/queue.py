"""Engines and shares of the queue in the console: what operators set."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from generation.admin.kinds import KindFilter, NamesKind
from generation.models import EngineProfile, QueueShare


@admin.register(EngineProfile)
class EngineProfileAdmin(NamesKind, ModelAdmin):  # type: ignore[misc]
    list_display = ("kind_name", "engine_key", "is_enabled", "is_default", "updated_at")
    list_filter = (KindFilter, "is_enabled")
    fields = ("kind_name", "engine_key", "is_enabled", "is_default", "params")
    readonly_fields = ("kind_name", "engine_key")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(QueueShare)
class QueueShareAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("__str__", "group", "account", "weight", "max_in_flight", "updated_at")
    list_filter = ("group",)
    list_select_related = ("account",)
    fields = ("group", "account", "weight", "max_in_flight")
    autocomplete_fields = ("account",)
