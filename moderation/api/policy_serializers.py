"""Input and output shapes of policies, their simulations, and rescans."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from moderation.models import Policy, PolicyRule, PolicySimulation, Rescan, RescanChange, SimulationChange
from moderation.models.choices import CategoryChoice, SeverityChoice, SurfaceChoice, VerdictChoice
from moderation.models.policy import SURFACE_OR_ANY
from moderation.policy.replay import LIVE, THEN, matrix_of
from moderation.policy.rules import ANY, REASONS
from moderation.services.policies import policy_faults
from moderation.services.simulations import LONGEST_LOOK_BACK, days_covered, review_load
from moderation.states import PolicyState, RescanState, SimulationState
from moderation.taxonomy import Verdict
from tongyi_portal.common.serializers import MomentField, StrictSerializer


class PolicyRuleSerializer(StrictSerializer):
    """A finding of at least this severity and confidence leads to the verdict; the strictest rule wins."""

    category = serializers.ChoiceField(choices=CategoryChoice.choices)
    surface = serializers.ChoiceField(choices=SURFACE_OR_ANY, default=ANY)
    job_kind = serializers.CharField(max_length=40, default=ANY, help_text="Key of a kind of job, or any.")
    min_severity = serializers.ChoiceField(choices=SeverityChoice.choices)
    min_confidence = serializers.IntegerField(min_value=0, max_value=100, default=0)
    verdict = serializers.ChoiceField(choices=VerdictChoice.choices)
    reason_code = serializers.ChoiceField(choices=sorted(REASONS))


class StoredRuleSerializer(serializers.ModelSerializer[PolicyRule]):
    """A rule of a policy."""

    category = serializers.ChoiceField(choices=CategoryChoice.choices)
    surface = serializers.ChoiceField(choices=SURFACE_OR_ANY)
    verdict = serializers.ChoiceField(choices=VerdictChoice.choices)

    class Meta:
        model = PolicyRule
        fields = [
            "category",
            "surface",
            "job_kind",
            "min_severity",
            "min_confidence",
            "verdict",
            "reason_code",
        ]


class PolicySerializer(serializers.ModelSerializer[Policy]):
    """One version of the rules, without them."""

    state = serializers.ChoiceField(choices=PolicyState.choices)
    title = serializers.SerializerMethodField()
    note = serializers.SerializerMethodField()

    class Meta:
        model = Policy
        fields = [
            "id",
            "version",
            "title",
            "note",
            "state",
            "canary_percent",
            "digest",
            "copied_from",
            "created_at",
            "frozen_at",
            "stage_at",
            "published_at",
            "retired_at",
        ]

    def get_title(self, policy: Policy) -> str:
        return gettext(policy.title)

    def get_note(self, policy: Policy) -> str:
        return gettext(policy.note) if policy.note else ""


class FullPolicySerializer(PolicySerializer):
    """One version with its rules; faults: why they cannot leave the draft, one sentence each."""

    rules = StoredRuleSerializer(many=True)
    faults = serializers.SerializerMethodField()

    class Meta(PolicySerializer.Meta):
        fields = [*PolicySerializer.Meta.fields, "rules", "faults"]

    def get_faults(self, policy: Policy) -> list[str]:
        return policy_faults(policy) if policy.is_draft else []


class NewPolicySerializer(StrictSerializer):
    """A draft as a copy; of the live version when no other is named."""

    copy_of = serializers.UUIDField(required=False, help_text="Id of the version to copy.")
    title = serializers.CharField(max_length=120)
    note = serializers.CharField(default="", allow_blank=True, max_length=4000)


class ReplaceRulesSerializer(StrictSerializer):
    """The rules that the draft has from now on."""

    rules = PolicyRuleSerializer(many=True)
    title = serializers.CharField(max_length=120, required=False)
    note = serializers.CharField(allow_blank=True, max_length=4000, required=False)


class PolicyWordsSerializer(StrictSerializer):
    """What a draft is called, and what is to be known of it."""

    title = serializers.CharField(max_length=120, required=False)
    note = serializers.CharField(allow_blank=True, max_length=4000, required=False)


class CanarySerializer(StrictSerializer):
    percent = serializers.IntegerField(min_value=1, max_value=99, help_text="Share of all subjects.")


class PublishSerializer(StrictSerializer):
    without_simulation = serializers.BooleanField(
        default=False, help_text="Go live although these rules were not simulated."
    )


class NewSimulationSerializer(StrictSerializer):
    """Which policy to replay over which scans."""

    policy = serializers.UUIDField()
    since = MomentField(help_text="Of the last ten years.")
    until = MomentField(required=False, help_text="Now, unless given.")
    surfaces = serializers.ListField(
        child=serializers.ChoiceField(choices=SurfaceChoice.choices), default=list, help_text="Empty: all."
    )
    job_kinds = serializers.ListField(
        child=serializers.CharField(max_length=40, allow_blank=True), default=list, help_text="Empty: all."
    )

    def validate_since(self, since: datetime) -> datetime:
        now = timezone.now()
        if not now - LONGEST_LOOK_BACK <= since < now:
            raise serializers.ValidationError(_("Give a moment of the last ten years."))
        return since

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given: dict[str, Any] = super().validate(attrs)
        if "until" in given and given["until"] <= given["since"]:
            raise serializers.ValidationError({"until": [_("This must be later than the beginning.")]})
        return given


class MatrixRowSerializer(serializers.Serializer[Any]):
    """How many scans of one verdict have which verdict under the policy."""

    to_pass = serializers.IntegerField()
    to_review = serializers.IntegerField()
    to_block = serializers.IntegerField()


class MatrixSerializer(serializers.Serializer[Any]):
    """Verdicts before against verdicts under the policy."""

    from_pass = MatrixRowSerializer()
    from_review = MatrixRowSerializer()
    from_block = MatrixRowSerializer()


class LoadSerializer(serializers.Serializer[Any]):
    """What the policy asks of reviewers."""

    items_per_day = serializers.FloatField(
        help_text="Reviews divided by the days of the window that stored scans cover."
    )
    hours_per_day = serializers.FloatField()
    seconds_for_one = serializers.FloatField()
    is_measured = serializers.BooleanField(help_text="False while too few people have decided to measure it.")


class SimulationSerializer(serializers.ModelSerializer[PolicySimulation]):
    """A replay, finished or on its way."""

    state = serializers.ChoiceField(choices=SimulationState.choices)
    against_then = serializers.SerializerMethodField(help_text="Against what was decided then.")
    against_live = serializers.SerializerMethodField(help_text="Against what the live policy decides now.")
    load = serializers.SerializerMethodField()

    class Meta:
        model = PolicySimulation
        fields = [
            "id",
            "policy",
            "baseline",
            "rules_digest",
            "since",
            "until",
            "surfaces",
            "job_kinds",
            "state",
            "total",
            "examined",
            "against_then",
            "against_live",
            "load",
            "created_at",
            "finished_at",
        ]

    @extend_schema_field(MatrixSerializer)
    def get_against_then(self, simulation: PolicySimulation) -> dict[str, dict[str, int]]:
        return _matrix(simulation, THEN)

    @extend_schema_field(MatrixSerializer)
    def get_against_live(self, simulation: PolicySimulation) -> dict[str, dict[str, int]]:
        return _matrix(simulation, LIVE)

    @extend_schema_field(LoadSerializer)
    def get_load(self, simulation: PolicySimulation) -> dict[str, Any]:
        matrix = matrix_of(simulation.counts, LIVE)
        reviews = sum(row[Verdict.REVIEW] for row in matrix.values())
        return vars(review_load(reviews, days_covered(simulation)))


class SimulationChangeSerializer(serializers.ModelSerializer[SimulationChange]):
    """One scan that gets another verdict."""

    decided_then = serializers.ChoiceField(choices=VerdictChoice.choices)
    live_now = serializers.ChoiceField(choices=VerdictChoice.choices)
    after = serializers.ChoiceField(choices=VerdictChoice.choices)
    category = serializers.ChoiceField(choices=CategoryChoice.choices)
    surface = serializers.ChoiceField(choices=SurfaceChoice.choices)

    class Meta:
        model = SimulationChange
        fields = [
            "id",
            "scan_run",
            "surface",
            "job_kind",
            "decided_then",
            "live_now",
            "after",
            "reason_codes",
            "category",
            "severity",
            "confidence",
            "scanner",
            "label",
            "rule",
        ]


class NewRescanSerializer(StrictSerializer):
    """What to look at again under the live policy."""

    with_scanners = serializers.BooleanField(default=False, help_text="Scan anew instead of stored findings.")
    kinds = serializers.ListField(
        child=serializers.CharField(max_length=40), default=list, help_text="Kinds of content; empty: all."
    )


class RescanSerializer(serializers.ModelSerializer[Rescan]):
    """A second look at visible content."""

    state = serializers.ChoiceField(choices=RescanState.choices)

    class Meta:
        model = Rescan
        fields = [
            "id",
            "policy",
            "with_scanners",
            "subject_types",
            "state",
            "total",
            "examined",
            "unknown",
            "gone",
            "faults",
            "created_at",
            "finished_at",
            "applied_at",
        ]


class RescanChangeSerializer(serializers.ModelSerializer[RescanChange]):
    """One visible thing that the live policy would not let pass now."""

    before = serializers.ChoiceField(choices=VerdictChoice.choices)
    after = serializers.ChoiceField(choices=VerdictChoice.choices)
    category = serializers.ChoiceField(choices=CategoryChoice.choices)
    surface = serializers.ChoiceField(choices=SurfaceChoice.choices)

    class Meta:
        model = RescanChange
        fields = [
            "id",
            "subject_type",
            "subject_id",
            "scan_run",
            "surface",
            "before",
            "after",
            "reason_codes",
            "category",
            "severity",
            "confidence",
            "label",
            "passed_by_person",
            "is_excluded",
            "applied_at",
            "outcome",
        ]


class ExcludeSerializer(StrictSerializer):
    """Which changes to leave out, or to take in again."""

    changes = serializers.ListField(child=serializers.IntegerField(min_value=1), max_length=1000)
    is_excluded = serializers.BooleanField(default=True)


class ExcludedSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="How many changes were set.")


def _matrix(simulation: PolicySimulation, baseline: str) -> dict[str, dict[str, int]]:
    return {
        f"from_{before}": {f"to_{after}": count for after, count in row.items()}
        for before, row in matrix_of(simulation.counts, baseline).items()
    }
