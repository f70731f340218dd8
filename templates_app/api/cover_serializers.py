"""Input and output shapes of trying covers out."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from templates_app.api.serializers import PreviewSerializer
from templates_app.models import CoverTest
from templates_app.services.covers import MAX_VARIANTS, MAX_WEIGHT, VariantResult, cover_test_results
from tongyi_portal.common.serializers import StrictSerializer


class VariantInputSerializer(StrictSerializer):
    preview = serializers.UUIDField(help_text="Id of a cover of the live version.")
    weight = serializers.IntegerField(
        default=1, min_value=1, max_value=MAX_WEIGHT, help_text="Its share of viewers, over the sum of all."
    )


class CoverTestInputSerializer(StrictSerializer):
    variants = VariantInputSerializer(many=True, min_length=2, max_length=MAX_VARIANTS)  # type: ignore[call-arg]


class CoverTestEndSerializer(StrictSerializer):
    winner = serializers.IntegerField(
        allow_null=True, help_text=_("Id of the variant that all see from now on; null for none of them.")
    )


class ShareSerializer(serializers.Serializer[Any]):
    """A share between the bounds of its 95 % interval (Wilson)."""

    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class VariantSerializer(serializers.Serializer[VariantResult]):
    id = serializers.IntegerField(source="variant.pk")
    weight = serializers.IntegerField(source="variant.weight")
    preview = PreviewSerializer(source="variant.preview")
    shown = serializers.IntegerField(help_text="Accounts that were shown it.")
    picked = serializers.IntegerField(help_text="Of these, how many made a video with the template.")
    share = ShareSerializer(allow_null=True)


class CoverTestSerializer(serializers.ModelSerializer[CoverTest]):
    template = serializers.CharField(source="version.template.slug")
    version = serializers.IntegerField(source="version.number")
    variants = serializers.SerializerMethodField()

    class Meta:
        model = CoverTest
        fields = ["id", "template", "version", "created_at", "ended_at", "variants"]

    @extend_schema_field(VariantSerializer(many=True))
    def get_variants(self, test: CoverTest) -> Any:
        results: Any = cover_test_results(test)
        return VariantSerializer(results, many=True, context=self.context).data
