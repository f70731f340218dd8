"""Input and output shapes of uploads, jobs and artifacts."""

import random
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from generation import eta
from generation.api.kind_shapes import TierField
from generation.kinds import KINDS
from generation.kinds.base import offered_kinds
from generation.models import Artifact, Job, Upload, UploadSurface
from generation.photo_check import SEEN_BODY_STYLES
from generation.selectors import JobWait
from generation.services.result_uses import ResultUse
from generation.states import FINISHED, WORKING, ArtifactState, JobState
from generation.texts import error_text, interruption_text, reason_list
from moderation.api.rights_serializers import ConsentFieldsSerializer
from moderation.services.consents import ConsentGiven
from templates_app.poses.sequence import MAX_PEOPLE
from tongyi_portal.common.serializers import StrictSerializer
from tongyi_portal.common.storage import OUTPUTS, UPLOADS, presigned_url, signed_path

PEOPLE_POLL_SECONDS = 15.0  # while a person has to decide, asking more often brings nothing


class ReasonSerializer(serializers.Serializer[Any]):
    """Why moderation decided as it did."""

    code = serializers.CharField()
    text = serializers.CharField(help_text="A sentence in the language of the request.")


class ConsentField(serializers.JSONField):
    """A consent as JSON text in a form; gives ConsentGiven."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(binary=True, **kwargs)

    def to_internal_value(self, data: Any) -> ConsentGiven:  # type: ignore[override]
        asked = ConsentFieldsSerializer(data=super().to_internal_value(data))
        asked.is_valid(raise_exception=True)
        return asked.given()


class NewUploadSerializer(StrictSerializer):
    """A picture."""

    file = serializers.FileField(
        allow_empty_file=True,
        help_text="JPEG, PNG, WebP or HEIC. Turned upright and stripped of its metadata.",
    )
    surface = serializers.ChoiceField(choices=UploadSurface.choices, default=UploadSurface.PHOTO)
    consent = ConsentField(
        required=False,
        default=None,
        help_text="Of the person in the picture: JSON text of the fields of a consent, without the upload.",
    )


class UploadSerializer(serializers.ModelSerializer[Upload]):
    reasons = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField(help_text="The cleaned picture. Expires. Null until accepted.")

    class Meta:
        model = Upload
        fields = [
            "id",
            "surface",
            "state",
            "mime",
            "width",
            "height",
            "byte_size",
            "reasons",
            "url",
            "created_at",
        ]

    @extend_schema_field(ReasonSerializer(many=True))
    def get_reasons(self, upload: Upload) -> list[dict[str, str]]:
        return reason_list(upload.reason_codes)

    def get_url(self, upload: Upload) -> str | None:
        if upload.is_erased or not upload.is_accepted:
            return None
        return presigned_url(UPLOADS, upload.key) or self.context["request"].build_absolute_uri(
            signed_path("uploads", upload.pk)
        )


class PhotoToCheckSerializer(StrictSerializer):
    """Which photo to look at, or which photos of a cast."""

    photo = serializers.UUIDField(required=False, help_text="Id of an upload.")
    photos = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        min_length=1,
        max_length=MAX_PEOPLE,
        help_text="Instead of “photo”, with “template”: one upload for each performer, in their order.",
    )
    template = serializers.SlugField(
        required=False,
        help_text="Slug of the template it is meant for: the answer is for that dance. Else for any dance.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("photo" in attrs) == ("photos" in attrs):
            code = "ambiguous" if "photo" in attrs else "required"
            raise serializers.ValidationError({"photo": [_("Name either “photo” or “photos”.")]}, code=code)
        if "photos" in attrs and "template" not in attrs:
            needed = serializers.Field.default_error_messages["required"]
            raise serializers.ValidationError({"template": [needed]}, code="required")
        return attrs


class PhotoFaultSerializer(serializers.Serializer[Any]):
    """Something about a photo, or the template, that hinders a dance."""

    code = serializers.CharField()
    message = serializers.CharField(help_text="With the photo's number where “photos” were asked about.")
    field = serializers.CharField(help_text="“photo”, “photos.1” for the second of several, or “template”.")
    is_blocking = serializers.BooleanField(help_text="True when no video can be made with this photo.")


class CheckedPhotoSerializer(serializers.Serializer[Any]):
    """One photo of those that were looked at."""

    passed = serializers.BooleanField()
    body_style = serializers.ChoiceField(choices=SEEN_BODY_STYLES)
    people = serializers.IntegerField()


class PhotoCheckSerializer(serializers.Serializer[Any]):
    """Whether the photos can dance."""

    passed = serializers.BooleanField(help_text="Of several photos: whether all of them can.")
    body_style = serializers.ChoiceField(
        choices=SEEN_BODY_STYLES, help_text="“none” without a person. Of several: what all show."
    )
    people = serializers.IntegerField(help_text="How many people the photos show.")
    photos = CheckedPhotoSerializer(many=True, help_text="Each photo by itself, in the order they came.")
    faults = PhotoFaultSerializer(many=True)
    wanted_body_style = serializers.ChoiceField(
        choices=["full", "half"],
        allow_null=True,
        help_text="What the template asks for; “half”: a photo from the waist up will do. Null without one.",
    )
    performers = serializers.IntegerField(
        allow_null=True, help_text="How many photos the template needs, one for each. Null without one."
    )


class ResultUseSerializer(StrictSerializer):
    """What a person did with a result."""

    event = serializers.ChoiceField(choices=ResultUse.choices)


class JobSubmitSerializer(StrictSerializer):
    """A piece of work: its kind, and the parameters of that kind."""

    kind = serializers.ChoiceField(choices=offered_kinds())
    params = serializers.DictField()
    tier = TierField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        shape = KINDS.get(attrs["kind"]).params_serializer(data=attrs["params"])
        if not shape.is_valid():
            raise serializers.ValidationError({"params": shape.errors})
        return {"kind": attrs["kind"], "params": shape.validated_data, "tier": attrs["tier"]}


class ArtifactSerializer(serializers.ModelSerializer[Artifact]):
    url = serializers.SerializerMethodField(help_text="Answers range requests. Expires. Null until released.")
    download_url = serializers.SerializerMethodField(help_text="The same, saved as a file by browsers.")
    url_expires_at = serializers.SerializerMethodField()

    class Meta:
        model = Artifact
        fields = [
            "id",
            "job",
            "role",
            "state",
            "mime",
            "width",
            "height",
            "duration_seconds",
            "byte_size",
            "sha256",
            "label",
            "url",
            "download_url",
            "url_expires_at",
            "created_at",
        ]

    def get_url(self, artifact: Artifact) -> str | None:
        if artifact.state != ArtifactState.RELEASED:
            return None
        return presigned_url(OUTPUTS, artifact.key) or self._absolute(signed_path("artifacts", artifact.pk))

    def get_download_url(self, artifact: Artifact) -> str | None:
        if artifact.state != ArtifactState.RELEASED:
            return None
        return presigned_url(OUTPUTS, artifact.key, artifact.download_name) or self._absolute(
            signed_path("artifacts", artifact.pk) + "&download=1"
        )

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_url_expires_at(self, artifact: Artifact) -> Any:
        if artifact.state != ArtifactState.RELEASED:
            return None
        return timezone.now() + timedelta(seconds=settings.SIGNED_URL_SECONDS)

    def _absolute(self, path: str) -> str:
        return str(self.context["request"].build_absolute_uri(path))


class EtaSerializer(serializers.Serializer[Any]):
    """When the job will have ended: 8 of 10 end within the range."""

    low_seconds = serializers.FloatField()
    high_seconds = serializers.FloatField()
    expected_at = serializers.DateTimeField()


class JobErrorSerializer(serializers.Serializer[Any]):
    """Why a job failed."""

    code = serializers.CharField()
    message = serializers.CharField(help_text="A sentence in the language of the request.")
    details = serializers.DictField(
        help_text="`field`: “photos.1” where the second of several photos is at fault; else empty."
    )


class JobSerializer(serializers.ModelSerializer[Job]):
    """A job as its owner sees it. Context: board (WaitBoard), read only when a job waits or runs."""

    progress = serializers.FloatField(min_value=0, max_value=1, read_only=True)
    template = serializers.CharField(
        source="template_version.template.slug", read_only=True, allow_null=True, default=None
    )
    position = serializers.SerializerMethodField(help_text="1 is next to start. Null unless queued.")
    eta = serializers.SerializerMethodField(help_text="Null while a person has to decide, and at the end.")
    next_poll_seconds = serializers.SerializerMethodField(
        help_text="When asking again makes sense. Null at the end."
    )
    attempt = serializers.IntegerField(
        source="coming_attempt",
        read_only=True,
        help_text="From 1; more after the work was interrupted.",
    )
    notice = serializers.SerializerMethodField(
        help_text="A sentence in the language of the request after the work was interrupted; else empty."
    )
    reasons = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    artifacts = ArtifactSerializer(many=True, read_only=True)

    class Meta:
        model = Job
        fields = [
            "id",
            "kind",
            "params",
            "seed",
            "template",
            "state",
            "stage",
            "progress",
            "attempt",
            "notice",
            "position",
            "eta",
            "next_poll_seconds",
            "cancel_requested",
            "reasons",
            "error",
            "artifacts",
            "created_at",
            "started_at",
            "finished_at",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waits: dict[uuid.UUID, JobWait | None] = {}

    def get_position(self, job: Job) -> int | None:
        wait = self._wait(job)
        return wait.position if wait else None

    @extend_schema_field(EtaSerializer(allow_null=True))
    def get_eta(self, job: Job) -> dict[str, Any] | None:
        wait = self._wait(job)
        if wait is None:
            return None
        return {
            "low_seconds": round(wait.low_seconds, 1),
            "high_seconds": round(wait.high_seconds, 1),
            "expected_at": serializers.DateTimeField().to_representation(wait.expected_at),
        }

    def get_next_poll_seconds(self, job: Job) -> float | None:
        if job.state in FINISHED:
            return None
        wait = self._wait(job)
        if wait is None:
            return 1.0 if job.state in WORKING or job.state == JobState.QUEUED else PEOPLE_POLL_SECONDS
        return eta.poll_seconds(wait.low_seconds, jitter=random.random())

    def get_notice(self, job: Job) -> str:
        return interruption_text(job)

    @extend_schema_field(ReasonSerializer(many=True))
    def get_reasons(self, job: Job) -> list[dict[str, str]]:
        return reason_list(job.reason_codes)

    @extend_schema_field(JobErrorSerializer(allow_null=True))
    def get_error(self, job: Job) -> dict[str, Any] | None:
        if not job.error_code:
            return None
        message = error_text(job.error_code, job.error_details)
        return {"code": job.error_code, "message": message, "details": job.error_details}

    def _wait(self, job: Job) -> JobWait | None:
        """Worked out once for each job; the board is not even read for one that is over."""
        if job.state not in WORKING and job.state != JobState.QUEUED:
            return None
        if job.pk not in self._waits:
            self._waits[job.pk] = self.context["board"].wait(job)
        return self._waits[job.pk]


class ParameterSerializer(serializers.Serializer[Any]):
    """One parameter of a kind."""

    name = serializers.CharField()
    type = serializers.CharField(
        help_text="uuid, uuid list, slug, integer, boolean, choice, string or number."
    )
    is_required = serializers.BooleanField()
    default = serializers.JSONField(allow_null=True)
    minimum = serializers.FloatField(allow_null=True)
    maximum = serializers.FloatField(allow_null=True)
    choices = serializers.ListField(child=serializers.JSONField(), allow_null=True)
    help = serializers.CharField()


class KindSerializer(serializers.Serializer[Any]):
    """A kind of job."""

    key = serializers.CharField()
    name = serializers.CharField(help_text="In the language of the request.")
    unit = serializers.CharField(help_text="What the amount of work is counted in.")
    is_available = serializers.BooleanField(help_text="False while no engine for it is switched on.")
    parameters = ParameterSerializer(many=True)


class QueueWaitSerializer(serializers.Serializer[Any]):
    low_seconds = serializers.FloatField()
    high_seconds = serializers.FloatField()


class QueueSerializer(serializers.Serializer[Any]):
    """How busy the workers are; wait: for a ten-second dance video submitted now."""

    queued = serializers.IntegerField()
    running = serializers.IntegerField()
    held = serializers.IntegerField()
    wait = QueueWaitSerializer()
