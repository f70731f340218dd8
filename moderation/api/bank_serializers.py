"""Input and output shapes of hash banks."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from moderation.api.term_serializers import StaffName
from moderation.likeness_selectors import MOST
from moderation.models import BankEntry, BankKind, HashAlgorithm, HashBank
from moderation.models.choices import CategoryChoice, SeverityChoice, VerdictChoice
from moderation.subject_registry import subject_types
from moderation.taxonomy import Category, Severity
from tongyi_portal.common.serializers import QuerySerializer, StrictSerializer


class HashBankSerializer(serializers.ModelSerializer[HashBank]):
    """A list of hashes with one meaning."""

    kind = serializers.ChoiceField(choices=BankKind.choices)
    category = serializers.ChoiceField(choices=CategoryChoice.choices)
    severity = serializers.ChoiceField(choices=SeverityChoice.choices)
    owner = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    entry_count = serializers.IntegerField(read_only=True, help_text="Hashes that match.")

    class Meta:
        model = HashBank
        fields = ["id", "name", "kind", "category", "severity", "owner", "is_enabled", "note", "entry_count"]


class NewHashBankSerializer(StrictSerializer):
    """A bank; its kind never changes. category and severity: what a match with an unwanted picture is."""

    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=BankKind.choices)
    category = serializers.ChoiceField(choices=CategoryChoice.choices, default=Category.SEXUAL_EXPLICIT)
    severity = serializers.ChoiceField(choices=SeverityChoice.choices, default=Severity.EXTREME)
    note = serializers.CharField(max_length=2000, default="", allow_blank=True)
    owner = StaffName(default=None, allow_null=True, help_text="Who is responsible; null: whoever makes it.")


class HashBankChangeSerializer(StrictSerializer):
    """What is to change; a bank that is switched off matches nothing."""

    name = serializers.CharField(max_length=80)
    category = serializers.ChoiceField(choices=CategoryChoice.choices)
    severity = serializers.ChoiceField(choices=SeverityChoice.choices)
    note = serializers.CharField(max_length=2000, allow_blank=True)
    owner = StaffName(allow_null=True)
    is_enabled = serializers.BooleanField()


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


class PictureEntrySerializer(StrictSerializer):
    """A picture whose hashes are put on a bank."""

    file = serializers.FileField(
        allow_empty_file=True, help_text="JPEG, PNG, WebP or HEIC; only its hashes are kept."
    )
    note = serializers.CharField(max_length=200, default="", allow_blank=True)


class SubjectEntrySerializer(StrictSerializer):
    """Content of ours whose hashes are put on a bank."""

    subject_type = serializers.CharField(max_length=40, help_text="Such as “upload” or “artifact”.")
    subject_id = serializers.UUIDField()
    note = serializers.CharField(max_length=200, default="", allow_blank=True)

    def validate_subject_type(self, key: str) -> str:
        if key not in {one.key for one in subject_types()}:
            raise serializers.ValidationError(_("There is no such kind of content."), code="invalid_choice")
        return key


class AddedEntriesSerializer(serializers.Serializer[Any]):
    """The hashes that are new; none when all were on the bank before."""

    added = BankEntrySerializer(many=True)


class BankFileSerializer(StrictSerializer):
    """A file of hashes: one a line, or CSV with the columns hash, algorithm, note."""

    file = serializers.FileField(allow_empty_file=True, help_text="UTF-8.")
    is_dry_run = serializers.BooleanField(default=False, help_text="Only tell what it would add.")


class BankFileFaultSerializer(serializers.Serializer[Any]):
    """A line that is not taken."""

    line = serializers.IntegerField()
    code = serializers.CharField(help_text="not_hex, algorithm or note.")


class BankImportSerializer(serializers.Serializer[Any]):
    """What the file brought, or would bring."""

    is_dry_run = serializers.BooleanField()
    added = serializers.IntegerField()
    known = serializers.IntegerField(help_text="Hashes that were on the bank before.")
    fault_count = serializers.IntegerField()
    faults = BankFileFaultSerializer(many=True, help_text="The first 50.")


class NearDuplicateSerializer(serializers.Serializer[Any]):
    """Other content that looks alike. verdict: what stands on it now."""

    distance = serializers.IntegerField(help_text="Bits of 256 that differ; 0 is the same to the eye.")
    subject_type = serializers.CharField()
    subject_id = serializers.UUIDField()
    scan_run = serializers.UUIDField()
    scanned_at = serializers.DateTimeField()
    verdict = serializers.ChoiceField(choices=VerdictChoice.choices)


class LookAlikeQuerySerializer(QuerySerializer):
    """How much is wanted."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=12)
