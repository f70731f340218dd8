"""Output shapes of the template library."""

from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from templates_app.models import NOT_FEATURED, BodyStyle, Category, DanceTemplate, Preview, PreviewKind, Tag
from templates_app.selectors import has_music, preview_of, preview_url


def site_of(context: Any) -> str:
    """Scheme and host of this request, worked out once for all addresses in an answer."""
    if "site" not in context:
        context["site"] = context["request"].build_absolute_uri("/").removesuffix("/")
    return str(context["site"])


class OncePerAnswer:
    """Shapes a row once for an answer, however many templates share it. Stands before the serializer."""

    context: dict[str, Any]

    def to_representation(self, instance: Any) -> Any:
        shaped = self.context.setdefault("shaped", {})
        key = (type(self), instance.pk)
        if key not in shaped:
            shaped[key] = super().to_representation(instance)  # type: ignore[misc]
        return shaped[key]


class CategorySerializer(OncePerAnswer, serializers.ModelSerializer[Category]):
    name = serializers.CharField(read_only=True, help_text="In the language of the request.")

    class Meta:
        model = Category
        fields = ["slug", "name", "name_zh", "name_en"]


class TagSerializer(OncePerAnswer, serializers.ModelSerializer[Tag]):
    name = serializers.CharField(read_only=True, help_text="In the language of the request.")

    class Meta:
        model = Tag
        fields = ["slug", "name", "name_zh", "name_en"]


class PreviewSerializer(serializers.ModelSerializer[Preview]):
    url = serializers.SerializerMethodField(help_text="Does not expire, unless the template is taken down.")

    class Meta:
        model = Preview
        fields = ["id", "kind", "character", "mime", "width", "height", "byte_size", "url"]

    def to_representation(self, preview: Preview) -> dict[str, Any]:
        """What `fields` say, without asking each of them: a page shows ninety previews."""
        shaped: dict[str, Any] = {name: getattr(preview, name) for name in self.Meta.fields if name != "url"}
        shaped["id"] = str(preview.pk)
        return shaped | {"url": self.get_url(preview)}

    def get_url(self, preview: Preview) -> str:
        return site_of(self.context) + preview_url(preview)


class TemplateSerializer(serializers.ModelSerializer[DanceTemplate]):
    """A live template with what its live version is.

    context["covers"]: for versions whose covers are tried out, the preview that this viewer is shown.
    """

    name = serializers.CharField(read_only=True, help_text="In the language of the request.")
    description = serializers.CharField(read_only=True, help_text="In the language of the request.")
    category = CategorySerializer(read_only=True)
    tags = TagSerializer(many=True, read_only=True)
    version = serializers.IntegerField(source="live_version.number", read_only=True)
    duration_seconds = serializers.FloatField(source="live_version.duration_seconds", read_only=True)
    bpm = serializers.FloatField(source="live_version.bpm", read_only=True, allow_null=True)
    people_count = serializers.IntegerField(source="live_version.people_count", read_only=True)
    body_style = serializers.ChoiceField(
        source="live_version.body_style",
        read_only=True,
        choices=BodyStyle.choices,
        help_text="full: the photo must show the whole person. half: a photo from the hips up is enough.",
    )
    is_loop = serializers.BooleanField(source="live_version.is_loop", read_only=True)
    has_music = serializers.SerializerMethodField(help_text="Whether videos made with it have its music.")
    is_featured = serializers.SerializerMethodField(help_text="Whether it stands in the featured row now.")
    published_at = serializers.DateTimeField(source="live_version.published_at", read_only=True)
    cover = serializers.SerializerMethodField()
    loop = serializers.SerializerMethodField()
    thumb = serializers.SerializerMethodField()

    class Meta:
        model = DanceTemplate
        fields = [
            "slug",
            "name",
            "name_zh",
            "name_en",
            "description",
            "category",
            "tags",
            "version",
            "duration_seconds",
            "bpm",
            "people_count",
            "body_style",
            "is_loop",
            "has_music",
            "is_featured",
            "published_at",
            "cover",
            "loop",
            "thumb",
        ]

    def get_has_music(self, template: DanceTemplate) -> bool:
        return has_music(template)

    def get_is_featured(self, template: DanceTemplate) -> bool:
        return template.featured_position < NOT_FEATURED

    @extend_schema_field(PreviewSerializer(allow_null=True))
    def get_cover(self, template: DanceTemplate) -> Any:
        tried = self.context.get("covers", {}).get(template.live_version_id)
        return self._shape(tried or preview_of(template, PreviewKind.COVER))

    @extend_schema_field(PreviewSerializer(allow_null=True))
    def get_loop(self, template: DanceTemplate) -> Any:
        return self._shape(preview_of(template, PreviewKind.LOOP))

    @extend_schema_field(PreviewSerializer(allow_null=True))
    def get_thumb(self, template: DanceTemplate) -> Any:
        """A small moving picture, where there is one."""
        return self._shape(preview_of(template, PreviewKind.THUMB))

    @cached_property
    def _previews(self) -> PreviewSerializer:
        """One for all rows: making a serializer costs more than shaping a preview with it."""
        return PreviewSerializer(context=self.context)

    def _shape(self, preview: Preview | None) -> Any:
        return self._previews.to_representation(preview) if preview else None
