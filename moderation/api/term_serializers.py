"""Input and output shapes of word lists."""

from typing import Any

from rest_framework import serializers

from moderation.models import Term, TermList
from moderation.models.choices import CategoryChoice, SeverityChoice
from moderation.models.terms import MAX_TERM, ListKindChoice, TermLanguage, ViewChoice
from tongyi_portal.common.serializers import StrictSerializer


class TermListSerializer(serializers.ModelSerializer[TermList]):
    """A list of words."""

    kind = serializers.ChoiceField(choices=ListKindChoice.choices)
    category = serializers.ChoiceField(choices=CategoryChoice.choices)
    severity = serializers.ChoiceField(choices=SeverityChoice.choices)
    language = serializers.ChoiceField(choices=TermLanguage.choices)
    owner = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    term_count = serializers.IntegerField(read_only=True, help_text="Words that are looked for.")

    class Meta:
        model = TermList
        fields = [
            "id",
            "name",
            "kind",
            "category",
            "severity",
            "language",
            "owner",
            "is_enabled",
            "is_starter",
            "expires_at",
            "term_count",
        ]


class TermSerializer(serializers.ModelSerializer[Term]):
    """A word of a list."""

    views = serializers.ListField(
        child=serializers.ChoiceField(choices=ViewChoice.choices),
        help_text="Readings it is looked for in; empty for those that suit it.",
    )

    class Meta:
        model = Term
        fields = ["id", "text", "is_whole_word", "views", "note", "is_enabled", "expires_at", "created_at"]


class NewTermSerializer(StrictSerializer):
    """A word to look for."""

    text = serializers.CharField(max_length=MAX_TERM)
    is_whole_word = serializers.BooleanField(default=False)
    views = serializers.ListField(
        child=serializers.ChoiceField(choices=ViewChoice.choices), default=list, max_length=6
    )
    note = serializers.CharField(max_length=200, default="", allow_blank=True)
    expires_at = serializers.DateTimeField(default=None, allow_null=True)
