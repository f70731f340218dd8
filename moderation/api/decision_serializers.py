"""Output shapes of decisions and of answers, with their reasons."""

from typing import Any

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from moderation.models import Decision, ReviewItem
from moderation.policy.rules import reason_text


def reasons_of(codes: list[str]) -> list[dict[str, str]]:
    """Reason codes with their sentences in the language of the request."""
    return [{"code": code, "text": reason_text(code, get_language() or "en")} for code in codes]


class ReviewReasonSerializer(serializers.Serializer[Any]):
    """Why content waits, or was decided as it was."""

    code = serializers.CharField()
    text = serializers.CharField(help_text="A sentence in the language of the request.")


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    """A verdict, the policy's or a person's. An overridden one stays."""

    by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    policy_version = serializers.IntegerField(source="policy.version", allow_null=True, default=None)
    reasons = serializers.SerializerMethodField()
    is_overridden = serializers.SerializerMethodField()

    class Meta:
        model = Decision
        fields = [
            "id",
            "subject_type",
            "subject_id",
            "verdict",
            "reasons",
            "note",
            "by",
            "policy_version",
            "scan_run",
            "review_item",
            "overrides",
            "is_overridden",
            "created_at",
        ]

    @extend_schema_field(ReviewReasonSerializer(many=True))
    def get_reasons(self, decision: Decision) -> list[dict[str, str]]:
        return reasons_of(decision.reason_codes)

    def get_is_overridden(self, decision: Decision) -> bool:
        return hasattr(decision, "overridden_by")


class NamelessDecisionSerializer(DecisionSerializer):
    """A verdict as it is shown to whoever has to say which of two people is right."""

    def to_representation(self, decision: Decision) -> dict[str, Any]:
        return super().to_representation(decision) | {"by": None}


class ComparedAnswerSerializer(serializers.Serializer[Any]):
    """One of the two answers that an adjudication is about; nobody is told whose it is."""

    approve = serializers.BooleanField(source="answer_approve")
    reasons = serializers.SerializerMethodField(help_text="Empty for an approval without one.")
    note = serializers.CharField(source="answer_note")

    @extend_schema_field(ReviewReasonSerializer(many=True))
    def get_reasons(self, item: ReviewItem) -> list[dict[str, str]]:
        return reasons_of([item.answer_reason] if item.answer_reason else [])
