"""Versions for curators: list and detail in all states, every step of their life, rights, history, bulk."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from templates_app.api import version_serializers as shapes
from templates_app.api.editing_view import EditingView
from templates_app.curation_selectors import version_history, versions_for_curators
from templates_app.models import TemplateVersion
from templates_app.services.bulk import counts_of
from templates_app.services.bulk_steps import versions_act_on
from templates_app.services.handing_in import version_submit, version_withdraw
from templates_app.services.publishing import version_publish, version_retire
from templates_app.services.rights import rights_copy, rights_update
from templates_app.services.scheduling import version_expiry_set, version_schedule, version_unschedule
from templates_app.states import VersionState
from tongyi_portal.accounts.models import User
from tongyi_portal.common.errors import TransitionRefused


class CuratedVersionFilter(django_filters.FilterSet):  # type: ignore[misc]
    state = django_filters.MultipleChoiceFilter(choices=VersionState.choices, label="One or more states.")
    template = django_filters.CharFilter(field_name="template__slug", label="Slug of a template.")


class VersionView(EditingView):
    """One version, by its id."""

    serializer_class: Any = shapes.FullVersionSerializer
    queryset = TemplateVersion.objects.none()
    lookup_url_kwarg = "version_id"

    def get_queryset(self) -> QuerySet[TemplateVersion]:
        return versions_for_curators()

    def shown(self) -> Response:
        """The version as it stands now."""
        return Response(
            shapes.FullVersionSerializer(self.get_object(), context={"request": self.request}).data
        )

    def asked(self, shape: Any) -> dict[str, Any]:
        """The checked body."""
        given = shape(data=self.request.data)
        given.is_valid(raise_exception=True)
        checked: dict[str, Any] = given.validated_data
        return checked


class CuratedVersionList(VersionView, generics.ListAPIView[TemplateVersion]):
    """Versions in every state, newest first."""

    serializer_class = shapes.VersionSerializer
    filterset_class = CuratedVersionFilter


class CuratedVersionDetail(VersionView, generics.RetrieveAPIView[TemplateVersion]):
    """One version with its previews and with what it still lacks."""


def _rolled_back(*, version: TemplateVersion, by: User) -> TemplateVersion:
    """version_publish for a retired version only."""
    if version.state != VersionState.RETIRED:
        raise TransitionRefused(details={"target": VersionState.PUBLISHED, "state": version.state})
    return version_publish(version=version, by=by)


_STEP_FAULTS = "409 `state_conflict` says that its state does not allow it."
_steps: dict[str, tuple[Callable[..., Any], str, str]] = {
    "submit": (
        version_submit,
        "Hand a version to moderation",
        "It is `checking` until its words and previews were scanned, then `in_review` or `rejected`. 409 "
        "`preview_missing`, `rights_incomplete` or `rights_not_in_force` name what lacks, `state_conflict` "
        "says that it was handed in already.",
    ),
    "withdraw": (version_withdraw, "Take a version back from review", _STEP_FAULTS),
    "publish": (
        version_publish,
        "Make a cleared version live",
        "403 `version_needs_second_person` to whoever made, changed or handed it in. The one before retires.",
    ),
    "unschedule": (version_unschedule, "Take the schedule of a version back", _STEP_FAULTS),
    "retire": (
        version_retire,
        "Take a live version off the library",
        "Videos that wait for it (`jobs_waiting`) are still made.",
    ),
    "rollback": (_rolled_back, "Bring a retired version back", "It takes the place of the live one."),
}


def step_view(verb: str) -> Any:
    """The view of one step of _steps; only retire takes a body."""
    service, summary, description = _steps[verb]
    shape = shapes.RetireSerializer if verb == "retire" else None

    class Step(VersionView):
        @extend_schema(
            summary=summary,
            description=description,
            operation_id=f"versions_{verb}",
            request=shape,
            responses={200: shapes.FullVersionSerializer},
        )
        def post(self, request: Request, **_kwargs: Any) -> Response:
            given = self.asked(shape) if shape is not None else {}
            service(version=self.get_object(), by=self.caller, **given)
            return self.shown()

    return Step.as_view()


class VersionSchedule(VersionView):
    @extend_schema(
        summary="Have a cleared version go live, and retire, at set times",
        request=shapes.ScheduleSerializer,
        responses={200: shapes.FullVersionSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        asked = self.asked(shapes.ScheduleSerializer)
        version_schedule(version=self.get_object(), by=self.caller, **asked)
        return self.shown()


class VersionExpiry(VersionView):
    @extend_schema(
        summary="Say when a live version retires by itself",
        description="403 `version_needs_second_person` to whoever made it and would lengthen its time.",
        request=shapes.ExpirySerializer,
        responses={200: shapes.FullVersionSerializer},
    )
    def put(self, request: Request, **_kwargs: Any) -> Response:
        version_expiry_set(version=self.get_object(), by=self.caller, **self.asked(shapes.ExpirySerializer))
        return self.shown()


class VersionRights(VersionView):
    serializer_class = shapes.RightsSerializer

    @extend_schema(summary="The rights record of a version", responses={200: shapes.RightsSerializer})
    def get(self, request: Request, **_kwargs: Any) -> Response:
        return Response(shapes.rights_shape(self.get_object()))

    @extend_schema(
        summary="State the rights of a version",
        description=(
            "400 `rights_invalid` lists contradictions; what is only missing is stored and named under "
            "`missing`. 409 `rights_incomplete`: a live or scheduled version keeps a complete record; 409 "
            "`rights_not_in_force`: that of a live one covers today. With `retire` both are stored, and a "
            "live version retires at once. 403 `rights_need_second_person` to whoever made, changed or "
            "handed in a live version and would widen its rights."
        ),
        request=shapes.RightsSerializer,
        responses={200: shapes.RightsSerializer},
    )
    def put(self, request: Request, **_kwargs: Any) -> Response:
        given = shapes.RightsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        version = self.get_object()
        rights_update(
            version=version,
            by=self.caller,
            changes=given.stated(),
            retires=given.validated_data["retire"],
        )
        return Response(shapes.rights_shape(version))


class VersionRightsCopy(VersionView):
    serializer_class = shapes.RightsSerializer

    @extend_schema(
        summary="Take the rights over from the version before",
        request=None,
        responses={200: shapes.RightsSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        version = self.get_object()
        rights_copy(version=version, by=self.caller)
        return Response(shapes.rights_shape(version))


class VersionHistory(VersionView):
    serializer_class = shapes.StepSerializer

    @extend_schema(
        summary="What happened to a version, newest first",
        operation_id="versions_history",
        responses={200: shapes.StepSerializer(many=True)},
    )
    def get(self, request: Request, **_kwargs: Any) -> Response:
        return Response(shapes.StepSerializer(version_history(self.get_object()), many=True).data)


class VersionBulk(EditingView):
    serializer_class = shapes.BulkSerializer

    @extend_schema(
        summary="Do one step on many versions",
        description=(
            "Each by itself: the answer is 207 and says of every id what became of it, in the order of the "
            "request. An id that does not exist has the code `not_found`."
        ),
        request=shapes.BulkSerializer,
        responses={207: shapes.VersionOutcomesSerializer},
    )
    def post(self, request: Request) -> Response:
        given = shapes.BulkSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        outcomes = versions_act_on(by=self.caller, **given.validated_data)
        done, failed = counts_of(outcomes)
        results = [
            {
                "id": outcome.row.pk,
                "template": getattr(getattr(outcome.row, "template", None), "slug", ""),
                "is_done": outcome.is_done,
                "code": outcome.code,
                "message": outcome.message,
                "details": outcome.details,
            }
            for outcome in outcomes
        ]
        body = shapes.VersionOutcomesSerializer({"done": done, "failed": failed, "results": results})
        return Response(body.data, status=status.HTTP_207_MULTI_STATUS)
