"""Simulations and rescans: ask for them, follow them, read and act on what they found."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from moderation.api import policy_serializers as shapes
from moderation.api.policy_views import PolicyAreaView
from moderation.models import Policy, PolicySimulation, Rescan, RescanChange, SimulationChange
from moderation.models.choices import CategoryChoice, SurfaceChoice, VerdictChoice
from moderation.services.rescans import (
    rescan_apply_request,
    rescan_discard,
    rescan_exclude,
    rescan_request,
)
from moderation.services.simulations import simulation_cancel, simulation_request
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles
from tongyi_portal.common.pagination import NewestFirst


class ByNumber(NewestFirst):
    """Rows in the order of their numbers. `?page_size=` up to 100."""

    ordering = ("id",)


class ChangeFilter(django_filters.FilterSet):  # type: ignore[misc]
    decided_then = django_filters.ChoiceFilter(choices=VerdictChoice.choices, label="Verdict then.")
    live_now = django_filters.ChoiceFilter(choices=VerdictChoice.choices, label="Verdict of the live policy.")
    after = django_filters.ChoiceFilter(choices=VerdictChoice.choices, label="Verdict of this policy.")
    surface = django_filters.ChoiceFilter(choices=SurfaceChoice.choices, label="Surface.")
    category = django_filters.ChoiceFilter(choices=CategoryChoice.choices, label="Category.")


class SimulationList(PolicyAreaView, generics.ListAPIView[PolicySimulation]):
    """All simulations, newest first."""

    scopes = {"GET": Scope.MODERATION_READ, "POST": Scope.MODERATION_REVIEW}
    reading = "moderation.view_policysimulation"
    serializer_class = shapes.SimulationSerializer
    queryset = PolicySimulation.objects.none()

    def get_queryset(self) -> QuerySet[PolicySimulation]:
        self.require_reader()
        return PolicySimulation.objects.all()

    @extend_schema(
        summary="Simulate a policy",
        description="Replays stored scans under its rules in the background; ask again until it is ready.",
        request=shapes.NewSimulationSerializer,
        responses={202: shapes.SimulationSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = shapes.NewSimulationSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values = dict(asked.validated_data)
        policy = get_object_or_404(Policy, pk=values.pop("policy"))
        simulation = simulation_request(policy=policy, by=self.caller, **values)
        return Response(self.get_serializer(simulation).data, status=status.HTTP_202_ACCEPTED)


class SimulationDetail(PolicyAreaView, generics.RetrieveAPIView[PolicySimulation]):
    """One simulation with its counts."""

    scopes = {"GET": Scope.MODERATION_READ, "DELETE": Scope.MODERATION_REVIEW}
    reading = "moderation.view_policysimulation"
    serializer_class = shapes.SimulationSerializer
    lookup_url_kwarg = "simulation_id"
    queryset = PolicySimulation.objects.none()

    def get_queryset(self) -> QuerySet[PolicySimulation]:
        self.require_reader()
        return PolicySimulation.objects.all()

    @extend_schema(
        summary="Cancel a simulation",
        description="What it has counted stays. 409 `state_conflict` for one that is over.",
        responses={204: None},
    )
    def delete(self, request: Request, **_kwargs: Any) -> Response:
        simulation_cancel(simulation=self.get_object(), by=self.caller)
        return Response(status=status.HTTP_204_NO_CONTENT)


class SimulationChanges(PolicyAreaView, generics.ListAPIView[SimulationChange]):
    """The scans that get another verdict, in the order in which they were made."""

    reading = "moderation.view_simulationchange"
    serializer_class = shapes.SimulationChangeSerializer
    filterset_class = ChangeFilter
    pagination_class = ByNumber
    queryset = SimulationChange.objects.none()

    def get_queryset(self) -> QuerySet[SimulationChange]:
        self.require_reader()
        return get_object_or_404(PolicySimulation, pk=self.kwargs["simulation_id"]).changes.all()


class RescanList(PolicyAreaView, generics.ListAPIView[Rescan]):
    """All rescans, newest first."""

    scopes = {"GET": Scope.MODERATION_READ, "POST": Scope.MODERATION_REVIEW}
    reading = "moderation.view_rescan"
    serializer_class = shapes.RescanSerializer
    queryset = Rescan.objects.none()

    def get_queryset(self) -> QuerySet[Rescan]:
        self.require_reader()
        return Rescan.objects.all()

    @extend_schema(
        summary="Look at visible content again",
        description=(
            "Under the live policy, in the background; nothing happens to content until the changes are "
            "applied. 409 `rescan_running` while another one is not finished."
        ),
        request=shapes.NewRescanSerializer,
        responses={202: shapes.RescanSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = shapes.NewRescanSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        rescan = rescan_request(by=self.caller, **asked.validated_data)
        return Response(self.get_serializer(rescan).data, status=status.HTTP_202_ACCEPTED)


class RescanDetail(PolicyAreaView, generics.RetrieveAPIView[Rescan]):
    """One rescan."""

    acting = roles.REVIEW_OVERRIDE
    scopes = {"GET": Scope.MODERATION_READ, "DELETE": Scope.MODERATION_REVIEW}
    reading = "moderation.view_rescan"
    serializer_class = shapes.RescanSerializer
    lookup_url_kwarg = "rescan_id"
    queryset = Rescan.objects.none()

    def get_queryset(self) -> QuerySet[Rescan]:
        self.require_reader()
        return Rescan.objects.all()

    @extend_schema(
        summary="Discard a rescan",
        description="Also stops one that runs. 409 `state_conflict` for one that was applied.",
        responses={204: None},
    )
    def delete(self, request: Request, **_kwargs: Any) -> Response:
        rescan_discard(rescan=self.get_object(), by=self.caller)
        return Response(status=status.HTTP_204_NO_CONTENT)


class RescanChanges(PolicyAreaView, generics.ListAPIView[RescanChange]):
    """What the live policy would not let pass now, in the order in which it was found."""

    reading = "moderation.view_rescanchange"
    serializer_class = shapes.RescanChangeSerializer
    pagination_class = ByNumber
    queryset = RescanChange.objects.none()

    def get_queryset(self) -> QuerySet[RescanChange]:
        self.require_reader()
        return get_object_or_404(Rescan, pk=self.kwargs["rescan_id"]).changes.all()


class RescanExclude(PolicyAreaView):
    acting = roles.REVIEW_OVERRIDE
    scopes = {"POST": Scope.MODERATION_REVIEW}
    serializer_class = shapes.ExcludeSerializer

    @extend_schema(
        summary="Leave changes out",
        description="Or take them in again. Only while the rescan is ready.",
        request=shapes.ExcludeSerializer,
        responses={200: shapes.ExcludedSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        count = rescan_exclude(
            rescan=get_object_or_404(Rescan, pk=self.kwargs["rescan_id"]),
            change_ids=asked.validated_data["changes"],
            is_excluded=asked.validated_data["is_excluded"],
            by=self.caller,
        )
        return Response({"count": count})


class RescanApply(PolicyAreaView):
    acting = roles.REVIEW_OVERRIDE
    scopes = {"POST": Scope.MODERATION_REVIEW}
    serializer_class = shapes.RescanSerializer

    @extend_schema(
        summary="Apply a rescan",
        description=(
            "In the background: what is to be blocked is taken down in the caller's name, what is to be "
            "reviewed enters the queue. Changes that failed are named, and can be applied again. 409 "
            "`rescan_outdated` once another version is live."
        ),
        request=None,
        responses={202: shapes.RescanSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        rescan = get_object_or_404(Rescan, pk=self.kwargs["rescan_id"])
        rescan_apply_request(rescan=rescan, by=self.caller)
        return Response(self.get_serializer(rescan).data, status=status.HTTP_202_ACCEPTED)
