"""Input and output shapes of what staff do for people: consents, erasures, copies of data."""

from typing import Any

from django.utils.translation import get_language
from rest_framework import serializers

from moderation.api.rights_serializers import (
    ConsentFieldsSerializer,
    ConsentSerializer,
    ErasureSerializer,
    NewErasureSerializer,
)
from moderation.models import ConsentChannel, ConsentRecord
from moderation.services.consents import ConsentGiven, consent_words

_NOT_GIVEN = {"owner", "upload", "language"}


class StaffConsentSerializer(ConsentSerializer):
    """A consent as staff see it."""

    owner = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    owner_id = serializers.UUIDField(read_only=True)
    channel = serializers.ChoiceField(choices=ConsentChannel.choices, read_only=True)
    ended_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)

    class Meta(ConsentSerializer.Meta):
        fields = [*ConsentSerializer.Meta.fields, "owner", "owner_id", "channel", "ended_by"]


class FullConsentSerializer(StaffConsentSerializer):
    """A consent with who agreed; both are empty once they were erased."""

    name = serializers.SerializerMethodField(help_text="Of the person in the picture.")
    guardian = serializers.SerializerMethodField(help_text="Name and contact of a guardian.")

    class Meta(StaffConsentSerializer.Meta):
        fields = [*StaffConsentSerializer.Meta.fields, "name", "guardian"]

    def get_name(self, consent: ConsentRecord) -> str:
        return consent_words(consent)[0]

    def get_guardian(self, consent: ConsentRecord) -> str:
        return consent_words(consent)[1]


class NewConsentForSerializer(ConsentFieldsSerializer):
    """A consent that somebody gave to staff, on paper or by word."""

    owner = serializers.UUIDField(help_text="Id of the account that the picture belongs to.")
    upload = serializers.UUIDField(help_text="Id of an upload of that account.")
    language = serializers.ChoiceField(
        choices=["zh-hans", "en"],
        required=False,
        help_text="In which they were asked; without it the language of the request.",
    )

    def given(self) -> ConsentGiven:
        """What was validated, in the language in which the person was asked."""
        values = self.validated_data
        fields = {name: value for name, value in values.items() if name not in _NOT_GIVEN}
        return ConsentGiven(**fields, language=values.get("language") or get_language() or "en")


class StaffWithdrawnSerializer(serializers.Serializer[Any]):
    """What a withdrawal took down."""

    taken_down = serializers.IntegerField(help_text="How many results and jobs.")
    consent = StaffConsentSerializer()


class StaffErasureSerializer(ErasureSerializer):
    """An erasure as staff see it."""

    owner = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    owner_id = serializers.UUIDField(read_only=True)
    requested_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    last_fault = serializers.CharField(read_only=True, help_text="Code of what stopped the last try.")

    class Meta(ErasureSerializer.Meta):
        fields = [
            *ErasureSerializer.Meta.fields,
            "owner",
            "owner_id",
            "requested_by",
            "tries",
            "last_fault",
        ]


class NewErasureForSerializer(NewErasureSerializer):
    """Without a subject the whole account is erased, for good; `confirm` must be its user name then."""

    owner = serializers.UUIDField(help_text="Id of the account.")
