"""Shapes of templates, categories and tags for those who make them."""

from typing import Any

from rest_framework import serializers

from templates_app.models import NOT_FEATURED, Category, DanceTemplate, FeaturedSlot, Tag
from tongyi_portal.common.serializers import MomentField, StrictSerializer

TEMPLATE_TEXTS = ("name_zh", "name_en", "description_zh", "description_en")


class CuratedTemplateSerializer(serializers.ModelSerializer[DanceTemplate]):
    """A template as its makers see it, live or not."""

    category = serializers.SlugRelatedField(slug_field="slug", read_only=True)  # type: ignore[var-annotated]
    tags = serializers.SlugRelatedField(slug_field="slug", many=True, read_only=True)  # type: ignore[var-annotated]
    live_version = serializers.UUIDField(source="live_version_id", read_only=True, allow_null=True)
    featured_position = serializers.SerializerMethodField(help_text="Null when it is not featured now.")

    class Meta:
        model = DanceTemplate
        fields = [
            *("id", "slug", *TEMPLATE_TEXTS, "category", "tags", "position"),
            *("live_version", "popularity", "trend", "featured_position", "created_at", "updated_at"),
        ]

    def get_featured_position(self, template: DanceTemplate) -> int | None:
        return None if template.featured_position == NOT_FEATURED else template.featured_position


class TemplateChangesSerializer(StrictSerializer):
    name_zh = serializers.CharField(max_length=60)
    name_en = serializers.CharField(max_length=60)
    description_zh = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    description_en = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    category = serializers.SlugRelatedField(slug_field="slug", queryset=Category.objects.all())
    tags = serializers.SlugRelatedField(
        slug_field="slug", queryset=Tag.objects.all(), many=True, required=False
    )
    position = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class NewTemplateSerializer(TemplateChangesSerializer):
    slug = serializers.SlugField(max_length=60)


class ShelfSerializer(StrictSerializer):
    """A category or a tag. The slug stays for ever."""

    slug = serializers.SlugField(max_length=60)
    name_zh = serializers.CharField(max_length=60)
    name_en = serializers.CharField(max_length=60)


class ShelfChangesSerializer(StrictSerializer):
    name_zh = serializers.CharField(max_length=60, required=False)
    name_en = serializers.CharField(max_length=60, required=False)


class NewCategorySerializer(ShelfSerializer):
    position = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class CategoryChangesSerializer(ShelfChangesSerializer):
    position = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)


class SlotSerializer(serializers.ModelSerializer[FeaturedSlot]):
    """A place at the head of the catalogue, for a while or until it is removed."""

    template = serializers.CharField(source="template.slug", read_only=True)

    class Meta:
        model = FeaturedSlot
        fields = ["id", "template", "position", "starts_at", "ends_at"]


class NewSlotSerializer(StrictSerializer):
    template = serializers.SlugRelatedField(slug_field="slug", queryset=DanceTemplate.objects.all())
    starts_at = MomentField(required=False, help_text="Default: now.")
    ends_at = MomentField(required=False, allow_null=True)


class SlotChangesSerializer(StrictSerializer):
    starts_at = MomentField(required=False)
    ends_at = MomentField(required=False, allow_null=True)


class SlotOrderSerializer(StrictSerializer):
    ids = serializers.ListField(child=serializers.UUIDField(), max_length=1000)


def refused_values(error: Any) -> serializers.ValidationError:
    """Django's faults of a model as those of a body."""
    return serializers.ValidationError(error.message_dict)
