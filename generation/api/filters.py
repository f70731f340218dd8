"""What lists of jobs, uploads and artifacts can be narrowed by; values that do not fit are faults."""

import django_filters

from generation.kinds import KINDS
from generation.models import ArtifactRole, UploadSurface
from generation.states import ArtifactState, JobState, UploadState
from tongyi_portal.common.filters import MomentFilter


class _ByTime(django_filters.FilterSet):  # type: ignore[misc]
    since = MomentFilter(field_name="created_at", lookup_expr="gte", label="Made then or later.")
    until = MomentFilter(field_name="created_at", lookup_expr="lt", label="Made before then.")


class JobFilter(_ByTime):
    state = django_filters.MultipleChoiceFilter(choices=JobState.choices, label="One or more states.")
    kind = django_filters.ChoiceFilter(choices=[(key, key) for key in KINDS], label="A kind of job.")
    template = django_filters.CharFilter(
        field_name="template_version__template__slug", max_length=80, label="Slug of a template."
    )
    upload = django_filters.UUIDFilter(
        field_name="inputs__upload", distinct=True, label="Id of a picture that is used."
    )


class UploadFilter(_ByTime):
    state = django_filters.MultipleChoiceFilter(choices=UploadState.choices, label="One or more states.")
    surface = django_filters.ChoiceFilter(choices=UploadSurface.choices, label="What the picture is for.")


class ArtifactFilter(_ByTime):
    state = django_filters.MultipleChoiceFilter(choices=ArtifactState.choices, label="One or more states.")
    role = django_filters.ChoiceFilter(choices=ArtifactRole.choices, label="What the file is.")
    job = django_filters.UUIDFilter(field_name="job_id", label="Id of the job that made it.")
