"""Trying covers out over HTTP: start, results, end."""

from typing import Any, cast

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from templates_app.api import cover_serializers as shapes
from templates_app.models import CoverTest, DanceTemplate, Preview
from templates_app.services.covers import (
    CoverNotFitting,
    CoverTestNotPossible,
    cover_test_end,
    cover_test_start,
)
from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.common import roles
from tongyi_portal.common.permissions import HasScope


class _CoverTestView(generics.GenericAPIView[CoverTest]):
    permission_classes = [IsAuthenticated, HasScope]
    scopes = {"GET": Scope.TEMPLATES_WRITE, "POST": Scope.TEMPLATES_WRITE}
    serializer_class: Any = shapes.CoverTestSerializer
    queryset = CoverTest.objects.none()
    filter_backends = []

    @property
    def caller(self) -> User:
        """Raises PermissionRefused unless the account publishes templates."""
        roles.require(self.request.user, roles.TEMPLATE_PUBLISH)
        return cast(User, self.request.user)

    def get_queryset(self) -> QuerySet[CoverTest]:
        return CoverTest.objects.select_related("version__template")

    def shape(self, test: CoverTest, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=test.pk)).data, status=code)


class CoverTestList(_CoverTestView):
    """The tests of a template's covers, newest first."""

    @extend_schema(summary="List a template's cover tests", responses=shapes.CoverTestSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        _caller = self.caller
        tests = self.get_queryset().filter(version__template__slug=slug)
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(tests), many=True).data)

    @extend_schema(
        summary="Try covers out",
        description=(
            "Every account is shown one of the covers, always the same, by the weights. One test at a time; "
            "`cover_test_not_possible` otherwise. 403 `version_needs_second_person` to whoever "
            "made the version."
        ),
        request=shapes.CoverTestInputSerializer,
        responses={201: shapes.CoverTestSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        by = self.caller
        asked = shapes.CoverTestInputSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        template = get_object_or_404(DanceTemplate.objects.select_related("live_version"), slug=slug)
        if template.live_version is None:
            raise CoverTestNotPossible
        chosen = asked.validated_data["variants"]
        previews = {preview.pk: preview for preview in template.live_version.previews.all()}
        for index, variant in enumerate(chosen):
            if variant["preview"] not in previews:
                raise CoverNotFitting(details={"field": f"variants/{index}"})
        variants: list[tuple[Preview, int]] = [
            (previews[variant["preview"]], variant["weight"]) for variant in chosen
        ]
        test = cover_test_start(version=template.live_version, variants=variants, by=by)
        return self.shape(test, status.HTTP_201_CREATED)


class CoverTestDetail(_CoverTestView):
    """What came of a test so far."""

    @extend_schema(summary="Show a cover test")
    def get(self, request: Request, test_id: str) -> Response:
        _caller = self.caller
        return self.shape(get_object_or_404(CoverTest, pk=test_id))


class CoverTestEnd(_CoverTestView):
    @extend_schema(
        summary="End a cover test",
        description=(
            "With a winner, its cover is what everybody sees from now on; 403 `version_needs_second_person` "
            "to whoever made the version. Everybody who may publish may end one without a winner."
        ),
        request=shapes.CoverTestEndSerializer,
        responses=shapes.CoverTestSerializer,
    )
    def post(self, request: Request, test_id: str) -> Response:
        by = self.caller
        test = get_object_or_404(CoverTest, pk=test_id)
        asked = shapes.CoverTestEndSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data["winner"]
        winner = test.variants.filter(pk=wanted).first() if wanted is not None else None
        if wanted is not None and winner is None:
            raise CoverNotFitting(details={"field": "winner"})
        return self.shape(cover_test_end(test=test, winner=winner, by=by))
