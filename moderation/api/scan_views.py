"""Scan runs with their findings, and submitted texts of all accounts, for staff: evidence to read."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import generics, serializers

from moderation.api.review_serializers import (
    KEPT_FRAME_HELP,
    FindingSerializer,
    KeptFrameSerializer,
    kept_frame_shown,
)
from moderation.api.staff_view import StaffView
from moderation.blindness import not_given_away_to, not_waiting_for
from moderation.models import Finding, ScanPurpose, ScanRun, TextSubmission
from moderation.models.choices import CategoryChoice, SurfaceChoice, VerdictChoice
from moderation.models.scan import ScanMedium
from moderation.services.texts import SUBJECT_KEY
from moderation.states import TextState
from tongyi_portal.accounts.models import Scope


class ScannerRunSerializer(serializers.Serializer[Any]):
    """How one scanner did."""

    key = serializers.CharField()
    version = serializers.CharField()
    milliseconds = serializers.FloatField()
    error = serializers.CharField(allow_null=True, help_text="Null or empty when it finished.")


class ScanRunSerializer(serializers.ModelSerializer[ScanRun]):
    """All scanners over one subject, once, and what the policy made of it."""

    surface = serializers.ChoiceField(choices=SurfaceChoice.choices, read_only=True)
    medium = serializers.ChoiceField(choices=ScanMedium.choices, read_only=True)
    purpose = serializers.ChoiceField(choices=ScanPurpose.choices, read_only=True)
    verdict = serializers.ChoiceField(choices=VerdictChoice.choices, read_only=True)
    reason_codes = serializers.ListField(child=serializers.CharField(), read_only=True)
    policy_version = serializers.IntegerField(
        source="policy.version", read_only=True, default=None, allow_null=True
    )
    owner_id = serializers.UUIDField(read_only=True, allow_null=True)
    scanners = ScannerRunSerializer(many=True, read_only=True)

    class Meta:
        model = ScanRun
        fields = [
            "id",
            "subject_type",
            "subject_id",
            "surface",
            "job_kind",
            "medium",
            "purpose",
            "owner_id",
            "policy_version",
            "verdict",
            "reason_codes",
            "scanners",
            "frames_scanned",
            "worst_seconds",
            "milliseconds",
            "content_sha256",
            "pdq",
            "pdq_quality",
            "created_at",
        ]


class FullScanRunSerializer(ScanRunSerializer):
    """A scan run with what was seen."""

    findings = FindingSerializer(many=True, read_only=True)
    kept_frame = serializers.SerializerMethodField(help_text=KEPT_FRAME_HELP)

    class Meta(ScanRunSerializer.Meta):
        fields = [*ScanRunSerializer.Meta.fields, "findings", "kept_frame"]

    @extend_schema_field(KeptFrameSerializer(allow_null=True))
    def get_kept_frame(self, run: ScanRun) -> dict[str, Any] | None:
        return kept_frame_shown(run, self.context["request"])


class StaffTextSerializer(serializers.ModelSerializer[TextSubmission]):
    """A submitted text without its words, which only its owner and its reviewer read."""

    owner = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    owner_id = serializers.UUIDField(read_only=True, allow_null=True)
    state = serializers.ChoiceField(choices=TextState.choices, read_only=True)
    reason_codes = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = TextSubmission
        fields = [
            "id",
            "owner",
            "owner_id",
            "surface",
            "job_kind",
            "language",
            "character_count",
            "state",
            "reason_codes",
            "created_at",
        ]


class ScanFilter(django_filters.FilterSet):  # type: ignore[misc]
    verdict = django_filters.ChoiceFilter(choices=VerdictChoice.choices, label="The policy's verdict.")
    surface = django_filters.ChoiceFilter(choices=SurfaceChoice.choices, label="A surface.")
    medium = django_filters.ChoiceFilter(choices=ScanMedium.choices, label="Picture, video or text.")
    purpose = django_filters.ChoiceFilter(choices=ScanPurpose.choices, label="Why it was scanned.")
    subject_type = django_filters.CharFilter(label="Kind of content.")
    subject_id = django_filters.UUIDFilter(label="Id of the content.")
    owner = django_filters.UUIDFilter(field_name="owner_id", label="Id of an account.")
    content_sha256 = django_filters.CharFilter(label="Of the decoded pixels, the video file or the text.")
    category = django_filters.ChoiceFilter(
        method="with_finding", choices=CategoryChoice.choices, label="Something of this category was seen."
    )

    def with_finding(self, runs: QuerySet[ScanRun], name: str, value: str) -> QuerySet[ScanRun]:
        return runs.filter(pk__in=Finding.objects.filter(category=value).order_by().values("scan_run"))


class _ScanView(StaffView):
    permission = "moderation.view_scanrun"
    scopes: ClassVar = {"GET": Scope.MODERATION_READ}
    serializer_class: Any = ScanRunSerializer
    queryset = ScanRun.objects.none()
    lookup_url_kwarg = "scan_id"

    def get_queryset(self) -> QuerySet[ScanRun]:
        return not_given_away_to(self.caller, ScanRun.objects.select_related("policy"))


class ScanRunList(_ScanView, generics.ListAPIView[ScanRun]):
    """Scan runs, newest first: what the scanners and the policy said, never what people decided."""

    filterset_class = ScanFilter


class ScanRunDetail(_ScanView, generics.RetrieveAPIView[ScanRun]):
    """One scan run with its findings."""

    serializer_class = FullScanRunSerializer


class StaffTextFilter(django_filters.FilterSet):  # type: ignore[misc]
    state = django_filters.MultipleChoiceFilter(choices=TextState.choices, label="One or more states.")
    owner = django_filters.UUIDFilter(field_name="owner_id", label="Id of an account.")
    surface = django_filters.ChoiceFilter(choices=SurfaceChoice.choices, label="A surface.")
    language = django_filters.CharFilter(label="“zh” or “en”.")


class StaffTextList(StaffView, generics.ListAPIView[TextSubmission]):
    """Submitted texts of all accounts, for staff, newest first, without what waits for the caller."""

    permission = "moderation.view_textsubmission"
    scopes: ClassVar = {"GET": Scope.MODERATION_READ}
    serializer_class = StaffTextSerializer
    filterset_class = StaffTextFilter
    queryset = TextSubmission.objects.none()

    def get_queryset(self) -> QuerySet[TextSubmission]:
        rows = TextSubmission.objects.select_related("owner")
        return not_waiting_for(self.caller, rows, subject_type=SUBJECT_KEY)
