"""Output shapes of dance videos, takes and edited versions."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from moderation.policy.rules import reason_text
from templates_app.beats import FASTEST_BPM, SLOWEST_BPM
from templates_app.models import MotionVideo, Preview, Take, TemplateVersion
from templates_app.motion_texts import motion_faults_list
from templates_app.selectors import preview_url
from templates_app.services.editing import changed_by
from templates_app.states import MotionState
from templates_app.work import Work, work_on
from tongyi_portal.common.serializers import StrictSerializer
from tongyi_portal.common.storage import signed_path


class MotionFaultSerializer(serializers.Serializer[Any]):
    """What keeps a video from becoming a template, or is worth knowing."""

    code = serializers.CharField()
    message = serializers.CharField(help_text="A sentence in the language of the request.")
    details = serializers.DictField(help_text="`measured` and `allowed`, where that can be said.")
    is_blocking = serializers.BooleanField()


class MotionReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    text = serializers.CharField()


class LibraryWorkSerializer(serializers.Serializer[Any]):
    """The job that works on it. progress: 0 to 1."""

    job_id = serializers.UUIDField()
    state = serializers.CharField()
    stage = serializers.CharField()
    stage_text = serializers.CharField(help_text="In the language of the request.")
    progress = serializers.FloatField()
    is_finished = serializers.BooleanField()
    error_code = serializers.CharField()
    error_text = serializers.CharField()
    attempt = serializers.IntegerField(help_text="From 1; more after the worker was lost.")
    notice = serializers.CharField(
        help_text="That the work was interrupted, and whether it begins anew; else empty."
    )
    low_seconds = serializers.FloatField(allow_null=True)
    high_seconds = serializers.FloatField(allow_null=True)


class MotionSerializer(serializers.ModelSerializer[MotionVideo]):
    """A dance video: how much of it came, what is wrong with it, and how far the work on it is."""

    template = serializers.CharField(source="template.slug", read_only=True)
    owner = serializers.CharField(source="owner.username", read_only=True)
    faults = serializers.SerializerMethodField()
    reasons = serializers.SerializerMethodField(help_text="Why moderation holds or blocks it.")
    work = serializers.SerializerMethodField(help_text="Null until it is accepted.")
    take = serializers.SerializerMethodField(help_text="Id of the movement that was taken from it.")
    version = serializers.SerializerMethodField(help_text="Id of the first draft made of it.")
    url = serializers.SerializerMethodField(help_text="The clip, for staff only; null when there is none.")

    class Meta:
        model = MotionVideo
        fields = [
            "id",
            "template",
            "owner",
            "file_name",
            "state",
            "byte_size",
            "received_bytes",
            "width",
            "height",
            "fps",
            "duration_seconds",
            "codec",
            "has_audio",
            "faults",
            "reasons",
            "work",
            "take",
            "version",
            "url",
            "erased_at",
            "created_at",
            "updated_at",
        ]

    @extend_schema_field(MotionFaultSerializer(many=True))
    def get_faults(self, motion: MotionVideo) -> Any:
        return motion_faults_list(motion.faults)

    @extend_schema_field(MotionReasonSerializer(many=True))
    def get_reasons(self, motion: MotionVideo) -> Any:
        language = getattr(self.context["request"], "LANGUAGE_CODE", "en")
        return [{"code": code, "text": reason_text(code, language)} for code in motion.reason_codes]

    @extend_schema_field(LibraryWorkSerializer(allow_null=True))
    def get_work(self, motion: MotionVideo) -> Any:
        return _work(work_on("motion", motion.pk)) if motion.state == MotionState.ACCEPTED else None

    def get_take(self, motion: MotionVideo) -> str | None:
        return str(motion.take.pk) if hasattr(motion, "take") else None

    def get_version(self, motion: MotionVideo) -> str | None:
        if not hasattr(motion, "take"):
            return None
        first = motion.take.versions.order_by("number").values_list("pk", flat=True).first()
        return str(first) if first else None

    def get_url(self, motion: MotionVideo) -> str | None:
        return _staff_url(self, "motions", motion.pk) if motion.key else None


class TakeSerializer(serializers.ModelSerializer[Take]):
    """A movement before anybody edits it; it never changes."""

    template = serializers.CharField(source="template.slug", read_only=True)
    poses_url = serializers.SerializerMethodField(help_text="All tracks, in the compact form.")
    proxy_url = serializers.SerializerMethodField(
        help_text="H.264 for browsers; frame k of it is frame k of the take. For staff, answers byte ranges."
    )
    strip_url = serializers.SerializerMethodField(help_text="Small pictures side by side, JPEG.")
    music_url = serializers.SerializerMethodField(help_text="The clip's sound.")
    versions = serializers.SerializerMethodField(help_text="Ids of the versions made of it.")

    class Meta:
        model = Take
        fields = [
            "id",
            "template",
            "origin",
            "source",
            "file_name",
            "fps",
            "frame_count",
            "track_count",
            "aspect",
            "tracks",
            "bpm",
            "beats",
            "analysis",
            "notes",
            "engine_key",
            "engine_version",
            "poses_url",
            "proxy_url",
            "strip_url",
            "music_url",
            "versions",
            "created_at",
        ]

    def get_poses_url(self, take: Take) -> str:
        return str(self.context["request"].build_absolute_uri(f"/api/v1/takes/{take.pk}/poses"))

    def get_proxy_url(self, take: Take) -> str | None:
        return _staff_url(self, "take-proxies", take.pk) if take.proxy_key else None

    def get_strip_url(self, take: Take) -> str | None:
        return _staff_url(self, "take-strips", take.pk) if take.strip_key else None

    def get_music_url(self, take: Take) -> str | None:
        return _staff_url(self, "take-music", take.pk) if take.music_key else None

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_versions(self, take: Take) -> Any:
        return [str(pk) for pk in take.versions.order_by("number").values_list("pk", flat=True)]


class DraftPreviewSerializer(serializers.ModelSerializer[Preview]):
    url = serializers.SerializerMethodField()

    class Meta:
        model = Preview
        fields = ["id", "kind", "character", "mime", "width", "height", "byte_size", "url"]

    def get_url(self, preview: Preview) -> str:
        return str(self.context["request"].build_absolute_uri(preview_url(preview)))


class EditedVersionSerializer(serializers.ModelSerializer[TemplateVersion]):
    """A version with its edits. edits_revision: to be sent with the next ones."""

    template = serializers.CharField(source="template.slug", read_only=True)
    changed_by = serializers.SerializerMethodField(help_text="Who saved the newest edits.")
    work = serializers.SerializerMethodField(help_text="The job that renders its previews; null without one.")
    previews = DraftPreviewSerializer(many=True, read_only=True)

    class Meta:
        model = TemplateVersion
        fields = [
            "id",
            "template",
            "number",
            "state",
            "take",
            "edits",
            "edits_revision",
            "changed_by",
            "fps",
            "frame_count",
            "people_count",
            "duration_seconds",
            "bpm",
            "beats",
            "body_style",
            "is_loop",
            "preview_error",
            "cover",
            "previews",
            "work",
        ]

    def get_changed_by(self, version: TemplateVersion) -> str:
        return changed_by(version)

    @extend_schema_field(LibraryWorkSerializer(allow_null=True))
    def get_work(self, version: TemplateVersion) -> Any:
        return _work(work_on("version", version.pk))


class EditsSerializer(StrictSerializer):
    """New edits of a version. bpm: only when the curator corrects the tempo as danced; null for none."""

    edits_revision = serializers.IntegerField(min_value=0)
    edits = serializers.DictField()
    bpm = serializers.FloatField(
        required=False, allow_null=True, min_value=SLOWEST_BPM, max_value=FASTEST_BPM
    )


class JoinSerializer(StrictSerializer):
    """Two versions, one after the other. template: slug, where the take will belong to."""

    template = serializers.SlugField()
    first = serializers.UUIDField()
    second = serializers.UUIDField()
    blend_seconds = serializers.FloatField(default=0.5, min_value=0, max_value=4)


class CoverSerializer(StrictSerializer):
    """Which preview of kind cover stands for the version."""

    preview = serializers.UUIDField()


class TakeFileSerializer(StrictSerializer):
    """A pose file. fps, width, height: where the file does not say them."""

    file = serializers.FileField()
    template = serializers.SlugField()
    fps = serializers.FloatField(required=False, min_value=1, max_value=120)
    width = serializers.IntegerField(required=False, min_value=16, max_value=16384)
    height = serializers.IntegerField(required=False, min_value=16, max_value=16384)


def _work(work: Work | None) -> Any:
    return None if work is None else LibraryWorkSerializer(work).data


def _staff_url(serializer: serializers.BaseSerializer[Any], kind: str, row_id: Any) -> str:
    request = serializer.context["request"]
    return str(request.build_absolute_uri(signed_path(kind, row_id, audience="staff")))
