"""Input and output shapes of people's rights: statements, appeals, consents, erasures, strikes."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from moderation.consent_wordings import CURRENT, WORDINGS
from moderation.models import (
    AccountMeasure,
    Appeal,
    ConsentRecord,
    ErasureRequest,
    MeasureKind,
    Relation,
    StatementKind,
    StatementOfReasons,
    Strike,
)
from moderation.models.choices import CategoryChoice
from moderation.policy.rules import PERSON_REASONS
from moderation.rights_selectors import appeal_about, is_appealable
from moderation.services.appeals import appeal_text
from moderation.services.consents import ConsentGiven
from moderation.services.strikes import COUNTED
from moderation.states import AppealState, ConsentState, ErasureState
from tongyi_portal.common.serializers import MomentField, StrictSerializer

TEXT_LENGTH = 4000
HAND_REASONS, HAND_CATEGORIES = sorted(PERSON_REASONS), sorted(one.value for one in COUNTED)


class StandingSerializer(serializers.Serializer[Any]):
    """How the account stands now."""

    level = serializers.ChoiceField(choices=["good", "limited", "suspended"])
    active_strikes = serializers.IntegerField()
    until = serializers.DateTimeField(allow_null=True, help_text="When the limit or suspension ends.")
    statement_id = serializers.UUIDField(allow_null=True)


class AppealBriefSerializer(serializers.ModelSerializer[Appeal]):
    state = serializers.ChoiceField(choices=AppealState.choices, read_only=True)

    class Meta:
        model = Appeal
        fields = ["id", "state", "created_at", "decided_at"]


class StatementSubjectSerializer(serializers.Serializer[Any]):
    """The piece of content that a statement speaks of."""

    type = serializers.CharField()
    id = serializers.UUIDField()


class StatementSerializer(serializers.ModelSerializer[StatementOfReasons]):
    """What the caller was told, word for word."""

    kind = serializers.ChoiceField(choices=StatementKind.choices, read_only=True)
    text = serializers.SerializerMethodField(help_text="The whole text in the language of the request.")
    subject = serializers.SerializerMethodField(help_text="Null for an account measure.")
    appeal = serializers.SerializerMethodField(help_text="The appeal that was made against it, if any.")
    can_appeal = serializers.SerializerMethodField()

    class Meta:
        model = StatementOfReasons
        fields = [
            "id",
            "kind",
            "decision",
            "subject",
            "text",
            "text_zh",
            "text_en",
            "appeal_until",
            "can_appeal",
            "appeal",
            "created_at",
        ]

    def get_text(self, statement: StatementOfReasons) -> str:
        return statement.text_in(get_language() or "en")

    @extend_schema_field(StatementSubjectSerializer(allow_null=True))
    def get_subject(self, statement: StatementOfReasons) -> dict[str, Any] | None:
        decision = statement.decision
        return {"type": decision.subject_type, "id": str(decision.subject_id)} if decision else None

    @extend_schema_field(AppealBriefSerializer(allow_null=True))
    def get_appeal(self, statement: StatementOfReasons) -> Any:
        appeal = appeal_about(statement)
        return AppealBriefSerializer(appeal).data if appeal is not None else None

    def get_can_appeal(self, statement: StatementOfReasons) -> bool:
        return is_appealable(statement)


class AppealSerializer(serializers.ModelSerializer[Appeal]):
    """An appeal of the caller; its text is given back in clear to nobody else."""

    state = serializers.ChoiceField(choices=AppealState.choices, read_only=True)
    text = serializers.SerializerMethodField(help_text="Empty once it was erased.")

    class Meta:
        model = Appeal
        fields = ["id", "decision", "strike", "measure", "state", "text", "created_at", "decided_at"]

    def get_text(self, appeal: Appeal) -> str:
        return appeal_text(appeal)


class NewAppealSerializer(StrictSerializer):
    """An appeal against what a statement tells."""

    statement = serializers.UUIDField(help_text="Id of a statement of the caller.")
    text = serializers.CharField(max_length=TEXT_LENGTH, help_text="Why the decision is wrong.")


class ConsentFieldsSerializer(StrictSerializer):
    """What the person in the picture agreed to."""

    relation = serializers.ChoiceField(
        choices=Relation.choices, default=Relation.SELF, help_text="Who gives it: a minor never alone."
    )
    is_minor = serializers.BooleanField(default=False)
    job_kinds = serializers.ListField(
        child=serializers.CharField(max_length=40),
        default=list,
        max_length=20,
        help_text="Keys of kinds of jobs; empty for every kind.",
    )
    allows_sharing = serializers.BooleanField(default=False, help_text="Results may be shown in public.")
    expires_at = MomentField(allow_null=True, default=None)
    name = serializers.CharField(
        max_length=200, allow_blank=True, default="", help_text="Of the person in the picture; sealed."
    )
    guardian = serializers.CharField(
        max_length=400, allow_blank=True, default="", help_text="Name and contact; required of a guardian."
    )
    wording = serializers.ChoiceField(
        choices=sorted(WORDINGS), default=CURRENT, help_text="Version of the sentence that was agreed to."
    )

    def given(self) -> ConsentGiven:
        """What was validated, in the language of the request."""
        return self.given_by(self.validated_data)

    @staticmethod
    def given_by(validated: Mapping[str, Any]) -> ConsentGiven:
        """The same of fields that were validated within another shape."""
        fields = {name: value for name, value in validated.items() if name != "upload"}
        return ConsentGiven(**fields, language=get_language() or "en")


class NewConsentSerializer(ConsentFieldsSerializer):
    upload = serializers.UUIDField(help_text="Id of an upload of the caller.")


class ConsentSerializer(serializers.ModelSerializer[ConsentRecord]):
    """A consent that was recorded for one of the caller's pictures."""

    relation = serializers.ChoiceField(choices=Relation.choices, read_only=True)
    state = serializers.ChoiceField(choices=ConsentState.choices, read_only=True)
    job_kinds = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ConsentRecord
        fields = [
            "id",
            "subject_type",
            "subject_id",
            "relation",
            "is_minor",
            "job_kinds",
            "allows_sharing",
            "expires_at",
            "wording",
            "language",
            "state",
            "created_at",
            "ended_at",
        ]


class WithdrawnSerializer(serializers.Serializer[Any]):
    """What a withdrawal took down."""

    taken_down = serializers.IntegerField(help_text="How many results and jobs.")
    consent = ConsentSerializer()


class NewErasureSerializer(StrictSerializer):
    """Without a subject the whole account is erased, for good; `confirm` must be its user name then."""

    subject_type = serializers.CharField(max_length=40, allow_blank=True, default="")
    subject_id = serializers.UUIDField(allow_null=True, default=None)
    confirm = serializers.CharField(max_length=150, allow_blank=True, default="")


class ErasureSerializer(serializers.ModelSerializer[ErasureRequest]):
    state = serializers.ChoiceField(choices=ErasureState.choices, read_only=True)
    report = serializers.DictField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = ErasureRequest
        fields = ["id", "scope", "subject_type", "subject_id", "state", "report", "created_at", "finished_at"]


class StrikeSerializer(serializers.ModelSerializer[Strike]):
    """A strike as staff see it."""

    owner = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    owner_id = serializers.UUIDField(read_only=True)
    category = serializers.ChoiceField(choices=CategoryChoice.choices, read_only=True)
    issued_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    lifted_at = serializers.DateTimeField(
        source="lift.created_at", read_only=True, default=None, allow_null=True
    )

    class Meta:
        model = Strike
        fields = [
            "id",
            "owner",
            "owner_id",
            "decision",
            "category",
            "reason_code",
            "note",
            "issued_by",
            "created_at",
            "expires_at",
            "lifted_at",
        ]


class NewStrikeSerializer(StrictSerializer):
    owner = serializers.UUIDField(help_text="Id of an account.")
    category = serializers.ChoiceField(choices=HAND_CATEGORIES)
    reason_code = serializers.ChoiceField(choices=HAND_REASONS)
    note = serializers.CharField(max_length=2000, help_text="Why, for staff.")


class LiftSerializer(StrictSerializer):
    note = serializers.CharField(max_length=2000, help_text="Why, for staff.")


class MeasureSerializer(serializers.ModelSerializer[AccountMeasure]):
    """A limit or suspension as staff see it."""

    owner = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    owner_id = serializers.UUIDField(read_only=True)
    kind = serializers.ChoiceField(choices=MeasureKind.choices, read_only=True)
    imposed_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    lifted_at = serializers.DateTimeField(
        source="lift.created_at", read_only=True, default=None, allow_null=True
    )

    class Meta:
        model = AccountMeasure
        fields = [
            "id",
            "owner",
            "owner_id",
            "kind",
            "strike",
            "reason_code",
            "note",
            "imposed_by",
            "created_at",
            "until",
            "lifted_at",
        ]


class NewMeasureSerializer(StrictSerializer):
    owner = serializers.UUIDField(help_text="Id of an account.")
    kind = serializers.ChoiceField(choices=MeasureKind.choices)
    until = MomentField()
    reason_code = serializers.ChoiceField(choices=HAND_REASONS)
    note = serializers.CharField(max_length=2000, help_text="Why, for staff.")
