"""Input and output shapes of word lists."""

from typing import Any

from rest_framework import serializers

from moderation.models import Term, TermList
from moderation.models.choices import CategoryChoice, SeverityChoice, VerdictChoice
from moderation.models.terms import MAX_TERM, ListKindChoice, TermLanguage, ViewChoice
from moderation.services.texts import MAX_CHARACTERS
from tongyi_portal.accounts.models import User
from tongyi_portal.common.serializers import MomentField, StrictSerializer

ROWS_SHOWN = 50
FAULTS_SHOWN = 200


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
            "note",
            "term_count",
        ]


class StaffName(serializers.SlugRelatedField[Any]):
    """The user name of somebody on the staff."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("queryset", User.objects.filter(is_staff=True, is_active=True))
        super().__init__(slug_field="username", **kwargs)


class NewTermListSerializer(StrictSerializer):
    """A list of words of one harm, or of words to let be."""

    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=ListKindChoice.choices, default=ListKindChoice.BLOCK)
    category = serializers.ChoiceField(choices=CategoryChoice.choices)
    severity = serializers.ChoiceField(choices=SeverityChoice.choices, default=SeverityChoice.SERIOUS)
    language = serializers.ChoiceField(choices=TermLanguage.choices, default=TermLanguage.ANY)
    note = serializers.CharField(max_length=2000, default="", allow_blank=True)
    owner = StaffName(default=None, allow_null=True, help_text="Who is responsible; null: whoever makes it.")
    expires_at = MomentField(default=None, allow_null=True)


class TermListChangeSerializer(NewTermListSerializer):
    """What is to change; a list that is switched off is no longer looked at."""

    is_enabled = serializers.BooleanField(required=False)


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
    expires_at = MomentField(default=None, allow_null=True)


class TermChangeSerializer(NewTermSerializer):
    """What is to change; a word that is switched off is no longer looked for."""

    is_enabled = serializers.BooleanField(required=False)


class TermFileSerializer(StrictSerializer):
    """A file of words: one a line, or CSV with the columns text, whole_word, note, expires_at."""

    file = serializers.FileField(allow_empty_file=True, help_text="UTF-8 or GB 18030; CSV if named so.")
    is_dry_run = serializers.BooleanField(default=False, help_text="Only tell what it would change.")


class TermFileRowSerializer(serializers.Serializer[Any]):
    """A word of the file."""

    line = serializers.IntegerField()
    text = serializers.CharField()
    is_whole_word = serializers.BooleanField()
    note = serializers.CharField()
    expires_on = serializers.DateField(allow_null=True, help_text="The last day on which it counts.")


class TermFileFaultSerializer(serializers.Serializer[Any]):
    """A line that is not taken."""

    line = serializers.IntegerField()
    code = serializers.CharField(
        help_text="too_long, too_short, control, repeated, flag, date or note, as for `term_refused`."
    )
    excerpt = serializers.CharField()


class TermImportSerializer(serializers.Serializer[Any]):
    """What the file changed, or would change."""

    is_dry_run = serializers.BooleanField()
    new = serializers.IntegerField(help_text="Words that were not on the list.")
    restored = serializers.IntegerField(help_text="Words that had been removed.")
    known = serializers.IntegerField(help_text="Words that stand on it already.")
    fault_count = serializers.IntegerField()
    words = TermFileRowSerializer(many=True, help_text="The first 50 that are new or restored.")
    faults = TermFileFaultSerializer(many=True, help_text="The first 200.")


class TryTextSerializer(StrictSerializer):
    """A text to try."""

    text = serializers.CharField(max_length=MAX_CHARACTERS, trim_whitespace=False)


class TriedHitSerializer(serializers.Serializer[Any]):
    """A word that was found. start, end: Unicode code points of the text."""

    term = serializers.UUIDField()
    word = serializers.CharField()
    list = serializers.UUIDField()
    list_name = serializers.CharField()
    category = serializers.ChoiceField(choices=CategoryChoice.choices)
    severity = serializers.ChoiceField(choices=SeverityChoice.choices)
    view = serializers.ChoiceField(choices=ViewChoice.choices, help_text="The reading that shows it.")
    may_block = serializers.BooleanField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()


class TriedReadingsSerializer(serializers.Serializer[Any]):
    """The text as it is read to find disguised words."""

    letter_forms = serializers.CharField()
    simplified = serializers.CharField()
    skeleton = serializers.CharField()
    sound = serializers.CharField()


class TriedTextSerializer(serializers.Serializer[Any]):
    """What the words in force find, and what the live policy would make of it as a prompt."""

    verdict = serializers.ChoiceField(choices=VerdictChoice.choices)
    policy_version = serializers.IntegerField(allow_null=True, help_text="Null: no rules could be read.")
    reasons = serializers.ListField(child=serializers.CharField(), help_text="Reason codes.")
    hits = TriedHitSerializer(many=True)
    readings = TriedReadingsSerializer()
