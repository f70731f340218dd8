"""Shapes of versions, their rights, their history, and bulk steps, for curators."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from templates_app.api.serializers import PreviewSerializer
from templates_app.checklist import checklist_shape, publication_checklist
from templates_app.curation_selectors import live_since
from templates_app.models import RightsRecord, TemplateVersion
from templates_app.services.bulk import BULK_LIMIT
from templates_app.services.gates import rights_of
from templates_app.services.publishing import WHY_CHARS
from templates_app.services.rights import RIGHTS_FIELDS
from templates_app.states import VersionState
from templates_app.texts import version_reasons_text
from tongyi_portal.common.serializers import MomentField, StrictSerializer

BULK_ACTIONS = ("publish", "schedule", "retire", "feature", "tag", "category")


class VersionSerializer(serializers.ModelSerializer[TemplateVersion]):
    """A version in any state, as lists show it."""

    template = serializers.CharField(source="template.slug", read_only=True)
    state = serializers.ChoiceField(choices=VersionState.choices, read_only=True)
    is_cleared = serializers.SerializerMethodField(help_text="Moderation has nothing against it.")
    created_by = serializers.CharField(source="created_by.username", read_only=True, allow_null=True)
    submitted_by = serializers.CharField(source="submitted_by.username", read_only=True, allow_null=True)
    jobs_waiting = serializers.IntegerField(
        read_only=True, help_text="Videos with it that were asked for and have not ended."
    )

    class Meta:
        model = TemplateVersion
        fields = [
            *(
                "id",
                "template",
                "number",
                "state",
                "is_cleared",
                "reason_codes",
                "created_by",
                "submitted_by",
            ),
            *("duration_seconds", "fps", "bpm", "people_count", "body_style", "is_loop", "pose_sha256"),
            *("publish_at", "expire_at", "published_at", "jobs_waiting", "created_at", "updated_at"),
        ]

    def get_is_cleared(self, version: TemplateVersion) -> bool:
        return version.cleared_at is not None


class ChecklistItemSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    is_done = serializers.BooleanField(allow_null=True, help_text="Null: it cannot be said yet.")
    text = serializers.CharField(help_text="In the language of the request.")
    missing = serializers.ListField(child=serializers.CharField())


class LiveSinceSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    by = serializers.CharField(allow_null=True, help_text="Null: the clock.")


class FullVersionSerializer(VersionSerializer):
    """A version with its previews and with what it still lacks."""

    previews = PreviewSerializer(many=True, read_only=True)
    reasons_text = serializers.SerializerMethodField(help_text="In the language of the request.")
    live_since = serializers.SerializerMethodField(help_text="Null unless it is live.")
    checklist = serializers.SerializerMethodField(help_text="What must be there before it may go live.")

    class Meta(VersionSerializer.Meta):
        fields = [*VersionSerializer.Meta.fields, "previews", "reasons_text", "live_since", "checklist"]

    def get_reasons_text(self, version: TemplateVersion) -> str:
        return version_reasons_text(version.reason_codes)

    @extend_schema_field(LiveSinceSerializer(allow_null=True))
    def get_live_since(self, version: TemplateVersion) -> Any:
        if version.state != VersionState.PUBLISHED:
            return None
        since = live_since([version.pk]).get(version.pk)
        if since is None:
            return {"at": version.published_at, "by": None}
        return {"at": since.at, "by": since.by.get_username() if since.by else None}

    @extend_schema_field(ChecklistItemSerializer(many=True))
    def get_checklist(self, version: TemplateVersion) -> Any:
        return checklist_shape(publication_checklist(version, self.context["request"].user))


class RightsSerializer(StrictSerializer, serializers.ModelSerializer[RightsRecord]):
    """The rights record of a version. A PUT states all of it: what is left out is not stated."""

    territory = serializers.ListField(
        child=serializers.CharField(max_length=2),
        required=False,
        max_length=260,
        help_text='ISO 3166-1 alpha-2 codes, or `["*"]` for the world.',
    )
    retire = serializers.BooleanField(
        required=False,
        write_only=True,
        default=False,
        help_text="Store an incomplete record of a live or scheduled version, which takes it down.",
    )
    missing = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = RightsRecord
        fields = [*RIGHTS_FIELDS, "is_confirmed", "missing", "retire"]
        read_only_fields = ["is_confirmed"]

    def stated(self) -> dict[str, Any]:
        """Every field, with the model's default for those that were left out."""
        blank = RightsRecord()
        return {name: self.validated_data.get(name, getattr(blank, name)) for name in RIGHTS_FIELDS}


class ScheduleSerializer(StrictSerializer):
    """Times without a zone are in that of the site."""

    publish_at = MomentField()
    expire_at = MomentField(required=False, allow_null=True)


class RetireSerializer(StrictSerializer):
    why = serializers.CharField(required=False, max_length=WHY_CHARS, help_text="Kept in the history.")


class ExpirySerializer(StrictSerializer):
    expire_at = MomentField(allow_null=True)


class StepSerializer(serializers.Serializer[Any]):
    """One entry of a history, by the audit chain."""

    sequence = serializers.IntegerField()
    at = serializers.DateTimeField()
    action = serializers.CharField()
    text = serializers.CharField(help_text="In the language of the request.")
    by = serializers.CharField(source="by.username", allow_null=True, default=None)
    version = serializers.IntegerField(source="version.number", allow_null=True, default=None)
    why = serializers.CharField()


class BulkSerializer(StrictSerializer):
    """One step on many versions. feature, tag and category change the templates of those versions."""

    action = serializers.ChoiceField(choices=BULK_ACTIONS)
    ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=BULK_LIMIT)
    publish_at = MomentField(required=False, help_text="For schedule.")
    expire_at = MomentField(required=False, allow_null=True, help_text="For schedule.")
    starts_at = MomentField(required=False, allow_null=True, help_text="For feature.")
    ends_at = MomentField(required=False, allow_null=True, help_text="For feature.")
    tags = serializers.ListField(
        child=serializers.SlugField(), required=False, help_text="For tag: slugs that are added."
    )
    category = serializers.SlugField(required=False, help_text="For category.")

    def validate(self, attrs: Any) -> Any:
        needed = {"schedule": "publish_at", "tag": "tags", "category": "category"}.get(attrs["action"])
        if needed is not None and not attrs.get(needed):
            raise serializers.ValidationError({needed: [self.error_messages["required"]]}, code="required")
        return attrs


class VersionOutcomeSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    template = serializers.CharField()
    is_done = serializers.BooleanField()
    code = serializers.CharField(help_text="Empty when it went well.")
    message = serializers.CharField(help_text="In the language of the request.")
    details = serializers.DictField()


class VersionOutcomesSerializer(serializers.Serializer[Any]):
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    results = VersionOutcomeSerializer(many=True)


def rights_shape(version: TemplateVersion) -> Any:
    """The stored record, or an empty one, by which nobody stands yet."""
    record = rights_of(version)
    is_stored = not record._state.adding
    return {**RightsSerializer(record).data, "is_confirmed": is_stored and record.is_confirmed}
