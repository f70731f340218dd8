"""Input and output shapes of checks and submitted texts."""

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from moderation.models import Finding, ScanRun, TextSubmission
from moderation.models.choices import CategoryChoice, SeverityChoice, SurfaceChoice, VerdictChoice
from moderation.models.terms import ViewChoice
from moderation.policy.rules import reason_text
from moderation.services.checks import PICTURE_SURFACES, TEXT_SURFACES
from moderation.services.texts import MAX_CHARACTERS, text_words
from moderation.states import TextState
from moderation.taxonomy import Severity
from moderation.texts import label_text
from tongyi_portal.common.serializers import StrictSerializer

_TEXT_SURFACES = [choice for choice in SurfaceChoice.choices if choice[0] in TEXT_SURFACES]


class CheckReasonSerializer(serializers.Serializer[Any]):
    """Why the verdict is what it is."""

    code = serializers.CharField()
    text = serializers.CharField(help_text="A sentence in the language of the request.")


class NewCheckSerializer(StrictSerializer):
    """A text, as JSON, or a picture, as a form."""

    surface = serializers.ChoiceField(
        choices=[c for c in SurfaceChoice.choices if c[0] in (*TEXT_SURFACES, *PICTURE_SURFACES)],
        help_text="What it is meant for: prompt or quoted_text for texts; photo, garment or output else.",
    )
    job_kind = serializers.CharField(
        max_length=40, default="", allow_blank=True, help_text="Key of a kind of job."
    )
    text = serializers.CharField(max_length=MAX_CHARACTERS, trim_whitespace=False, required=False)
    file = serializers.FileField(
        allow_empty_file=True, required=False, help_text="JPEG, PNG, WebP or HEIC; never kept."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("text" in attrs) == ("file" in attrs):
            raise serializers.ValidationError(_("Send either a text or a picture."))
        fitting = TEXT_SURFACES if "text" in attrs else PICTURE_SURFACES
        if attrs["surface"] not in fitting:
            raise serializers.ValidationError({"surface": [_("This surface does not fit what was sent.")]})
        return attrs


class CheckFindingSerializer(serializers.ModelSerializer[Finding]):
    """One thing that was seen. Offsets count Unicode code points; boxes are fractions of the picture."""

    category = serializers.ChoiceField(choices=CategoryChoice.choices)
    severity = serializers.ChoiceField(choices=SeverityChoice.choices)
    text = serializers.SerializerMethodField(help_text="What was seen, in the language of the request.")
    box = serializers.ListField(
        child=serializers.FloatField(), allow_null=True, help_text="x0, y0, x1, y1. Null without a place."
    )
    spans = serializers.SerializerMethodField(help_text="Start and end of each place in the text.")
    view = serializers.SerializerMethodField(
        help_text="How the text had to be read for the word to show. Null for other findings."
    )

    class Meta:
        model = Finding
        fields = [
            "scanner",
            "label",
            "text",
            "category",
            "severity",
            "confidence",
            "may_block",
            "view",
            "spans",
            "box",
        ]

    def get_text(self, finding: Finding) -> str:
        return label_text(finding.label)

    @extend_schema_field(serializers.ListField(child=serializers.ListField(child=serializers.IntegerField())))
    def get_spans(self, finding: Finding) -> list[list[int]]:
        return list(finding.evidence.get("places", []))

    @extend_schema_field(serializers.ChoiceField(choices=ViewChoice.choices, allow_null=True))
    def get_view(self, finding: Finding) -> str | None:
        view = finding.evidence.get("view")
        return str(view) if view in ViewChoice.values else None


class CheckSerializer(serializers.ModelSerializer[ScanRun]):
    """What the policy says of the content. Findings of severity 0 say nothing against it."""

    verdict = serializers.ChoiceField(choices=VerdictChoice.choices)
    reasons = serializers.SerializerMethodField()
    policy_version = serializers.IntegerField(source="policy.version", default=None, allow_null=True)
    findings = serializers.SerializerMethodField()

    class Meta:
        model = ScanRun
        fields = ["id", "verdict", "reasons", "policy_version", "findings", "milliseconds", "created_at"]

    @extend_schema_field(CheckReasonSerializer(many=True))
    def get_reasons(self, run: ScanRun) -> list[dict[str, str]]:
        return _reasons(run.reason_codes)

    @extend_schema_field(CheckFindingSerializer(many=True))
    def get_findings(self, run: ScanRun) -> Any:
        rows = run.findings.filter(severity__gt=Severity.CONTEXT).order_by("-severity", "-confidence", "pk")
        return CheckFindingSerializer(rows, many=True).data


class NewTextSerializer(StrictSerializer):
    """A text that is to be used."""

    surface = serializers.ChoiceField(choices=_TEXT_SURFACES)
    job_kind = serializers.CharField(max_length=40, default="", allow_blank=True)
    text = serializers.CharField(max_length=MAX_CHARACTERS, trim_whitespace=False)


class TextSerializer(serializers.ModelSerializer[TextSubmission]):
    """A submitted text as its owner sees it."""

    surface = serializers.ChoiceField(choices=SurfaceChoice.choices)
    state = serializers.ChoiceField(choices=TextState.choices)
    text = serializers.SerializerMethodField(help_text="Null once it was erased.")
    reasons = serializers.SerializerMethodField()

    class Meta:
        model = TextSubmission
        fields = ["id", "surface", "job_kind", "language", "state", "text", "reasons", "created_at"]

    def get_text(self, submission: TextSubmission) -> str | None:
        return text_words(submission)

    @extend_schema_field(CheckReasonSerializer(many=True))
    def get_reasons(self, submission: TextSubmission) -> list[dict[str, str]]:
        return _reasons(submission.reason_codes)


def _reasons(codes: list[str]) -> list[dict[str, str]]:
    return [{"code": code, "text": reason_text(code, get_language() or "en")} for code in codes]
