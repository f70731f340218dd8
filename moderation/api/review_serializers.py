"""Input and output shapes of the review queue and of decisions."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from moderation.api.decision_serializers import (
    ComparedAnswerSerializer,
    DecisionSerializer,
    NamelessDecisionSerializer,
    ReviewReasonSerializer,
    reasons_of,
)
from moderation.blindness import is_nameless
from moderation.models import Finding, ReviewItem, ReviewPurpose, ScanRun
from moderation.models.choices import CategoryChoice, SurfaceChoice, VerdictChoice
from moderation.review.kept_frame_file import VIEW_PERMISSION, kept_frame_of, kept_frame_url
from moderation.review.uploader import uploader_of
from moderation.selectors import answers_compared, history_known_to
from moderation.services.answers import BATCH_LIMIT
from moderation.services.appeals import appeal_effect, appeal_text
from moderation.subject_registry import SubjectPreview, subject_type
from moderation.texts import label_text
from tongyi_portal.common.errors import UnknownKey
from tongyi_portal.common.serializers import QuerySerializer, StrictSerializer

NOTE_LENGTH = 2000
KEPT_FRAME_HELP = "Of a video that did not pass; null without, and once the content is gone."


class ReviewItemSerializer(serializers.ModelSerializer[ReviewItem]):
    """An item of the review queue. Second reviews and gold items are told from others only when decided."""

    queue = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    purpose = serializers.SerializerMethodField()
    reasons = serializers.SerializerMethodField()
    claimed_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    answered_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    answer_reason = serializers.CharField(read_only=True, help_text="A reason code; empty without answer.")
    is_overdue = serializers.BooleanField(read_only=True)
    created_at = serializers.SerializerMethodField()

    class Meta:
        model = ReviewItem
        fields = [
            "id",
            "subject_type",
            "subject_id",
            "surface",
            "job_kind",
            "language",
            "queue",
            "purpose",
            "category",
            "severity",
            "reasons",
            "state",
            "due_at",
            "is_overdue",
            "for_senior",
            "escalated_at",
            "escalation_note",
            "fault_code",
            "claimed_by",
            "claim_expires_at",
            "answer_approve",
            "answer_reason",
            "answered_at",
            "answered_by",
            "settle_at",
            "decided_at",
            "created_at",
        ]

    @extend_schema_field(serializers.ChoiceField(choices=ReviewPurpose.choices))
    def get_purpose(self, item: ReviewItem) -> str:
        return ReviewPurpose.ORDINARY.value if item.is_blind else item.purpose

    @extend_schema_field(serializers.DateTimeField())
    def get_created_at(self, item: ReviewItem) -> str:
        """Of a blind item that of the item it repeats, which came with the scan."""
        repeated = item.first_item or (item.gold.source if item.gold is not None else None)
        shown = repeated if item.is_blind and repeated is not None else item
        return serializers.DateTimeField().to_representation(shown.created_at)

    @extend_schema_field(ReviewReasonSerializer(many=True))
    def get_reasons(self, item: ReviewItem) -> list[dict[str, str]]:
        return reasons_of(item.reason_codes)


class FindingSerializer(serializers.ModelSerializer[Finding]):
    """One thing that one scanner saw."""

    label_text = serializers.SerializerMethodField(help_text="In the language of the request.")
    box = serializers.ListField(
        child=serializers.FloatField(),
        allow_null=True,
        help_text="x0, y0, x1, y1 as fractions of width and height.",
    )

    class Meta:
        model = Finding
        fields = [
            "scanner",
            "scanner_version",
            "category",
            "severity",
            "confidence",
            "label",
            "label_text",
            "box",
            "seconds",
            "may_block",
        ]

    def get_label_text(self, finding: Finding) -> str:
        return label_text(finding.label)


class PolicyWordSerializer(serializers.Serializer[Any]):
    """What the policy made of the findings."""

    version = serializers.IntegerField(allow_null=True)
    verdict = serializers.ChoiceField(choices=VerdictChoice.choices)
    reasons = ReviewReasonSerializer(many=True)


class ReviewUploaderSerializer(serializers.Serializer[Any]):
    """What is known of whoever owns the content; counts of other items that people decided."""

    name = serializers.CharField()
    age_days = serializers.IntegerField()
    approved = serializers.IntegerField()
    refused = serializers.IntegerField()
    standing = serializers.CharField(help_text="“good”, “limited” or “suspended”.")
    active_strikes = serializers.IntegerField()


class ReviewPreviewSerializer(serializers.Serializer[Any]):
    """The content itself."""

    title = serializers.CharField()
    media = serializers.ChoiceField(choices=["image", "video", "text"])
    url = serializers.CharField(help_text="Where picture or video can be fetched. Expires. Empty for text.")
    text = serializers.CharField()


class KeptFrameSerializer(serializers.Serializer[Any]):
    """The picture of a video's worst moment, kept with its scan."""

    url = serializers.CharField(help_text="Where the JPEG can be fetched. Expires.")
    seconds = serializers.FloatField(help_text="Time code in the video.")
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="Of the file.")


def kept_frame_shown(run: ScanRun, request: Request) -> dict[str, Any] | None:
    """The kept frame of a scan, for whoever may read scans."""
    frame = kept_frame_of(run) if request.user.has_perm(VIEW_PERMISSION) else None
    if frame is None:
        return None
    address = request.build_absolute_uri(kept_frame_url(frame))
    return dict(KeptFrameSerializer(vars(frame) | {"url": address}).data)


class GoldResultSerializer(serializers.Serializer[Any]):
    """How the caller answered an item whose right answer was known."""

    is_right = serializers.BooleanField()
    expected_approve = serializers.BooleanField()
    expected_reason = serializers.CharField()
    note = serializers.CharField(help_text="Why this is the right answer.")


class ReviewAppealSerializer(serializers.Serializer[Any]):
    """What the owner says against a decision."""

    id = serializers.UUIDField()
    decision = serializers.UUIDField(source="decision_id")
    text = serializers.CharField(source="words", help_text="Empty once it was erased.")
    language = serializers.CharField()
    created_at = serializers.DateTimeField()
    effect = serializers.CharField(
        help_text="What approving does besides releasing the content; empty for nothing."
    )


class ReviewDetailSerializer(ReviewItemSerializer):
    """An item with everything that a person needs to decide it."""

    preview = serializers.SerializerMethodField(help_text="Null when the content is gone.")
    policy = serializers.SerializerMethodField()
    findings = serializers.SerializerMethodField()
    kept_frame = serializers.SerializerMethodField(help_text=KEPT_FRAME_HELP)
    history = serializers.SerializerMethodField(
        help_text="Earlier decisions on the content, newest first; of an adjudication without names."
    )
    answers = serializers.SerializerMethodField(
        help_text="Of an adjudication: the two answers, the earlier one first. Empty for all others."
    )
    uploader = serializers.SerializerMethodField(help_text="Null when nobody is known as the owner.")
    gold = serializers.SerializerMethodField(
        help_text="Null but for a gold item whose answer has taken effect."
    )
    appeals = serializers.SerializerMethodField(
        help_text="The owner's words where an appeal is to be decided."
    )

    class Meta(ReviewItemSerializer.Meta):
        fields = [
            *ReviewItemSerializer.Meta.fields,
            "preview",
            "policy",
            "findings",
            "kept_frame",
            "history",
            "answers",
            "uploader",
            "gold",
            "appeals",
        ]

    @extend_schema_field(ReviewPreviewSerializer(allow_null=True))
    def get_preview(self, item: ReviewItem) -> dict[str, str] | None:
        preview = _preview_of(item)
        if preview is None:
            return None
        url = self.context["request"].build_absolute_uri(preview.url) if preview.url else ""
        return {"title": preview.title, "media": preview.media, "url": url, "text": preview.text}

    @extend_schema_field(PolicyWordSerializer)
    def get_policy(self, item: ReviewItem) -> dict[str, Any]:
        run = item.scan_run
        version = run.policy.version if run.policy is not None else None
        return {"version": version, "verdict": run.verdict, "reasons": reasons_of(run.reason_codes)}

    @extend_schema_field(FindingSerializer(many=True))
    def get_findings(self, item: ReviewItem) -> Any:
        return FindingSerializer(item.scan_run.findings.all(), many=True).data

    @extend_schema_field(KeptFrameSerializer(allow_null=True))
    def get_kept_frame(self, item: ReviewItem) -> dict[str, Any] | None:
        return kept_frame_shown(item.scan_run, self.context["request"])

    @extend_schema_field(DecisionSerializer(many=True))
    def get_history(self, item: ReviewItem) -> Any:
        decisions = history_known_to(self.context["request"].user, item).decisions
        shape = NamelessDecisionSerializer if is_nameless(item) else DecisionSerializer
        return shape(decisions, many=True).data

    @extend_schema_field(ComparedAnswerSerializer(many=True))
    def get_answers(self, item: ReviewItem) -> Any:
        return ComparedAnswerSerializer(answers_compared(item), many=True).data

    @extend_schema_field(ReviewUploaderSerializer(allow_null=True))
    def get_uploader(self, item: ReviewItem) -> dict[str, Any] | None:
        uploader = uploader_of(item, self.context["request"].user)
        if uploader is None:
            return None
        return {
            "name": uploader.name,
            "age_days": uploader.age_days,
            "approved": uploader.approved,
            "refused": uploader.refused,
            "standing": uploader.standing.level,
            "active_strikes": uploader.standing.active_strikes,
        }

    @extend_schema_field(ReviewAppealSerializer(many=True))
    def get_appeals(self, item: ReviewItem) -> Any:
        if item.purpose != ReviewPurpose.APPEAL:
            return []
        rows = list(item.appeals.select_related("decision").order_by("created_at"))
        told = [
            vars(appeal) | {"words": appeal_text(appeal), "effect": appeal_effect(appeal)} for appeal in rows
        ]
        return ReviewAppealSerializer(told, many=True).data

    @extend_schema_field(GoldResultSerializer(allow_null=True))
    def get_gold(self, item: ReviewItem) -> dict[str, Any] | None:
        if item.gold is None or not item.is_decided:
            return None
        return {
            "is_right": item.answer.is_right,
            "expected_approve": item.gold.expected_approve,
            "expected_reason": item.gold.expected_reason,
            "note": item.gold.note,
        }


class AnswerSerializer(StrictSerializer):
    """A verdict on an item."""

    approve = serializers.BooleanField()
    reason_code = serializers.CharField(
        max_length=60, allow_blank=True, default="", help_text="Needed to refuse; an approval has none."
    )
    note = serializers.CharField(max_length=NOTE_LENGTH, allow_blank=True, default="")


class BulkAnswerSerializer(AnswerSerializer):
    """One verdict on many items."""

    items = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=BATCH_LIMIT)


class EscalationSerializer(StrictSerializer):
    """Why a senior moderator should look at it."""

    note = serializers.CharField(max_length=NOTE_LENGTH)


class NextItemSerializer(StrictSerializer):
    """From where the next item should come."""

    queue = serializers.SlugField(max_length=40, required=False, help_text="One queue only.")
    passing_over = serializers.ListField(
        child=serializers.UUIDField(), default=list, max_length=500, help_text="Items to leave out."
    )


class UpcomingSerializer(QuerySerializer):
    """What is asked of the upcoming items."""

    after = serializers.UUIDField(required=False)


class BulkFaultSerializer(serializers.Serializer[Any]):
    """An item that stayed as it was, and why."""

    item = serializers.UUIDField()
    code = serializers.CharField()


class BulkOutcomeSerializer(serializers.Serializer[Any]):
    """What became of each item; the batch can be taken back until it takes effect."""

    batch = serializers.UUIDField()
    done = serializers.ListField(child=serializers.UUIDField())
    failed = BulkFaultSerializer(many=True)
    settle_at = serializers.DateTimeField(allow_null=True)


class ReviewQueueSerializer(serializers.Serializer[Any]):
    """A queue with its numbers, which are some seconds old. due_soon: within two days, not late yet."""

    slug = serializers.CharField(source="queue.slug")
    name = serializers.CharField(source="queue.__str__")
    categories = serializers.ListField(
        source="queue.categories", child=serializers.ChoiceField(choices=CategoryChoice.choices)
    )
    languages = serializers.ListField(source="queue.languages", child=serializers.CharField())
    surfaces = serializers.ListField(
        source="queue.surfaces", child=serializers.ChoiceField(choices=SurfaceChoice.choices)
    )
    needs_senior = serializers.BooleanField(source="queue.needs_senior")
    is_open_to_you = serializers.BooleanField()
    open = serializers.IntegerField()
    claimed = serializers.IntegerField()
    overdue = serializers.IntegerField()
    due_soon = serializers.IntegerField()
    next_due_at = serializers.DateTimeField(allow_null=True)


def _preview_of(item: ReviewItem) -> SubjectPreview | None:
    try:
        return subject_type(item.subject_type).preview(item.subject_id)
    except UnknownKey:
        return None
