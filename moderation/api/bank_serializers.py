"""Input and output shapes of hash banks."""

from typing import Any

from rest_framework import serializers

from moderation.models import BankEntry, BankKind, HashAlgorithm, HashBank
from moderation.models.choices import CategoryChoice, SeverityChoice
from tongyi_portal.common.serializers import StrictSerializer


class HashBankSerializer(serializers.ModelSerializer[HashBank]):
    """A list of hashes with one meaning."""

    kind = serializers.ChoiceField(choices=BankKind.choices)
    category = serializers.ChoiceField(choices=CategoryChoice.choices)
    severity = serializers.ChoiceField(choices=SeverityChoice.choices)
    owner = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    entry_count = serializers.IntegerField(read_only=True, help_text="Hashes that match.")

    class Meta:
        model = HashBank
        fields = ["id", "name", "kind", "category", "severity", "owner", "is_enabled", "entry_count"]


class BankEntrySerializer(serializers.ModelSerializer[BankEntry]):
    """A hash of a bank."""

    algorithm = serializers.ChoiceField(choices=HashAlgorithm.choices)

    class Meta:
        model = BankEntry
        fields = [
            "id",
            "algorithm",
            "value",
            "note",
            "source_subject_type",
            "source_subject_id",
            "added_at",
            "removed_at",
            "removed_reason",
        ]


class NewBankEntrySerializer(StrictSerializer):
    """A hash to match pictures with."""

    algorithm = serializers.ChoiceField(choices=HashAlgorithm.choices, default=HashAlgorithm.PDQ)
    value = serializers.CharField(max_length=64, help_text="64 hexadecimal digits.")
    note = serializers.CharField(max_length=200, default="", allow_blank=True)


class RemoveBankEntrySerializer(StrictSerializer):
    """Why a hash is removed."""

    reason = serializers.CharField(max_length=200)
