"""Input and output shapes of uploads."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from generation.api.serializers import ReasonSerializer
from generation.models import Upload, UploadSurface
from generation.texts import reason_list
from moderation.api.rights_serializers import ConsentFieldsSerializer
from moderation.services.consents import ConsentGiven
from tongyi_portal.common.outbound import MAX_URL
from tongyi_portal.common.serializers import StrictSerializer
from tongyi_portal.common.storage import UPLOADS, PresignedForm, presigned_url, signed_path


class ConsentField(serializers.JSONField):
    """A consent as JSON text in a form; gives ConsentGiven."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(binary=True, **kwargs)

    def to_internal_value(self, data: Any) -> ConsentGiven:  # type: ignore[override]
        asked = ConsentFieldsSerializer(data=super().to_internal_value(data))
        asked.is_valid(raise_exception=True)
        return asked.given()


class NewUploadSerializer(StrictSerializer):
    """A picture."""

    file = serializers.FileField(
        allow_empty_file=True,
        help_text="JPEG, PNG, WebP or HEIC. Turned upright and stripped of its metadata.",
    )
    surface = serializers.ChoiceField(choices=UploadSurface.choices, default=UploadSurface.PHOTO)
    consent = ConsentField(
        required=False,
        default=None,
        help_text="Of the person in the picture: JSON text of the fields of a consent, without the upload.",
    )


class _WithConsentSerializer(StrictSerializer):
    consent = ConsentFieldsSerializer(
        required=False, help_text="Of the person in the picture, without the upload."
    )

    def consent_given(self) -> ConsentGiven | None:
        """What was validated of the consent, in the language of the request."""
        fields = self.validated_data.get("consent")
        return None if fields is None else ConsentFieldsSerializer.given_by(fields)


class UploadFromUrlSerializer(_WithConsentSerializer):
    """A picture that lies at a public address."""

    url = serializers.CharField(
        max_length=MAX_URL,
        help_text="http:// or https://, of a public server, at a usual port. Three redirects are followed.",
    )
    surface = serializers.ChoiceField(choices=UploadSurface.choices, default=UploadSurface.PHOTO)


class NewDirectUploadSerializer(StrictSerializer):
    """A picture that is going to be sent to the object store."""

    surface = serializers.ChoiceField(choices=UploadSurface.choices, default=UploadSurface.PHOTO)
    mime = serializers.ChoiceField(
        choices=["image/jpeg", "image/png", "image/webp", "image/heic"],
        help_text="The store takes no other media type with this form.",
    )


class PresignedFormSerializer(serializers.Serializer[PresignedForm]):
    """A form for the object store."""

    url = serializers.CharField(help_text="POST multipart/form-data here, without the token.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(), help_text="All of these, before the field `file`."
    )


class DirectUploadSerializer(serializers.Serializer[Any]):
    """Where to send the picture."""

    id = serializers.UUIDField()
    surface = serializers.ChoiceField(choices=UploadSurface.choices)
    mime = serializers.CharField()
    form = PresignedFormSerializer()
    max_bytes = serializers.IntegerField()
    expires_at = serializers.DateTimeField(help_text="What is not completed by then is erased.")


class DirectUploadCompleteSerializer(_WithConsentSerializer):
    """That the picture was sent."""


class UploadSerializer(serializers.ModelSerializer[Upload]):
    reasons = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField(help_text="The cleaned picture. Expires. Null until accepted.")

    class Meta:
        model = Upload
        fields = [
            "id",
            "surface",
            "state",
            "mime",
            "width",
            "height",
            "byte_size",
            "reasons",
            "url",
            "created_at",
        ]

    @extend_schema_field(ReasonSerializer(many=True))
    def get_reasons(self, upload: Upload) -> list[dict[str, str]]:
        return reason_list(upload.reason_codes)

    def get_url(self, upload: Upload) -> str | None:
        if upload.is_erased or not upload.is_accepted:
            return None
        return presigned_url(UPLOADS, upload.key) or self.context["request"].build_absolute_uri(
            signed_path("uploads", upload.pk)
        )
