"""People's rights: what they were told, appeals, consents, erasure, a copy of data."""

from typing import Any, cast

import django_filters
from django.db.models import QuerySet
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from moderation.api import rights_serializers as shapes
from moderation.errors import ConfirmationMissing
from moderation.models import (
    Appeal,
    ConsentChannel,
    ConsentRecord,
    ErasureRequest,
    StatementOfReasons,
)
from moderation.models.statement import StatementKind
from moderation.rights_selectors import consents_of, statements_of
from moderation.services.appeals import appeal_open
from moderation.services.consents import consent_give, consent_withdraw
from moderation.services.erasure import erasure_request, owns
from moderation.services.rights_export import data_of
from moderation.services.strikes import (
    standing_of,
)
from moderation.subject_registry import subject_type
from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.common.errors import NotFound
from tongyi_portal.common.permissions import HasScope

UPLOAD = "upload"


class _RightsView(generics.GenericAPIView[Any]):
    """Everybody sees their own rows only."""

    permission_classes = [IsAuthenticated, HasScope]
    is_right = True  # a limited account keeps it at the ordinary rate

    @property
    def caller(self) -> User:
        return cast(User, self.request.user)

    def asked(self, shape: Any, request: Request) -> dict[str, Any]:
        given = shape(data=request.data)
        given.is_valid(raise_exception=True)
        return cast(dict[str, Any], given.validated_data)


class Standing(_RightsView):
    scopes = {"GET": Scope.RIGHTS_READ}
    serializer_class = shapes.StandingSerializer

    @extend_schema(summary="How the own account stands", operation_id="rights_standing_retrieve")
    def get(self, _request: Request) -> Response:
        return Response(shapes.StandingSerializer(standing_of(self.caller)).data)


class StatementFilter(django_filters.FilterSet):  # type: ignore[misc]
    kind = django_filters.ChoiceFilter(choices=StatementKind.choices, label="What it tells.")
    subject = django_filters.UUIDFilter(field_name="decision__subject_id", label="Id of a piece of content.")


class StatementList(_RightsView, generics.ListAPIView[StatementOfReasons]):
    """What the caller was told of decisions about their content and account, newest first."""

    scopes = {"GET": Scope.RIGHTS_READ}
    serializer_class = shapes.StatementSerializer
    filterset_class = StatementFilter
    queryset = StatementOfReasons.objects.none()

    def get_queryset(self) -> QuerySet[StatementOfReasons]:
        return statements_of(self.caller)


class StatementDetail(_RightsView, generics.RetrieveAPIView[StatementOfReasons]):
    """One statement, whole."""

    scopes = {"GET": Scope.RIGHTS_READ}
    serializer_class = shapes.StatementSerializer
    lookup_url_kwarg = "statement_id"
    queryset = StatementOfReasons.objects.none()

    def get_queryset(self) -> QuerySet[StatementOfReasons]:
        return statements_of(self.caller)


class AppealList(_RightsView, generics.ListAPIView[Appeal]):
    """The caller's appeals, newest first."""

    scopes = {"GET": Scope.RIGHTS_READ, "POST": Scope.RIGHTS_WRITE}
    serializer_class: Any = shapes.AppealSerializer
    queryset = Appeal.objects.none()

    def get_queryset(self) -> QuerySet[Appeal]:
        return Appeal.objects.filter(owner=self.caller)

    @extend_schema(
        summary="Appeal against a decision",
        description="Once for each decision, while `appeal_until` lies ahead; another moderator decides.",
        request=shapes.NewAppealSerializer,
        responses={201: shapes.AppealSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = self.asked(shapes.NewAppealSerializer, request)
        statement = statements_of(self.caller).filter(pk=asked["statement"]).first()
        if statement is None:
            raise NotFound
        appeal = appeal_open(
            statement=statement, text=asked["text"], language=get_language() or "en", by=self.caller
        )
        return Response(shapes.AppealSerializer(appeal).data, status=status.HTTP_201_CREATED)


class AppealDetail(_RightsView, generics.RetrieveAPIView[Appeal]):
    """One appeal of the caller: where it stands."""

    scopes = {"GET": Scope.RIGHTS_READ}
    serializer_class = shapes.AppealSerializer
    lookup_url_kwarg = "appeal_id"
    queryset = Appeal.objects.none()

    def get_queryset(self) -> QuerySet[Appeal]:
        return Appeal.objects.filter(owner=self.caller)


class ConsentList(_RightsView, generics.ListAPIView[ConsentRecord]):
    """Consents to the use of the caller's pictures, newest first."""

    scopes = {"GET": Scope.RIGHTS_READ, "POST": Scope.RIGHTS_WRITE}
    serializer_class: Any = shapes.ConsentSerializer
    queryset = ConsentRecord.objects.none()

    def get_queryset(self) -> QuerySet[ConsentRecord]:
        return consents_of(self.caller)

    @extend_schema(
        summary="Record a consent",
        description="A newer consent for the same picture replaces the earlier one.",
        request=shapes.NewConsentSerializer,
        responses={201: shapes.ConsentSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = shapes.NewConsentSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        upload_id = asked.validated_data["upload"]
        if not owns(self.caller.pk, UPLOAD, upload_id) or subject_type(UPLOAD).preview(upload_id) is None:
            raise NotFound(details={"field": "upload"})
        consent = consent_give(
            subject_type=UPLOAD,
            subject_id=upload_id,
            owner=self.caller,
            given=asked.given(),
            channel=ConsentChannel.STUDIO if request.auth is None else ConsentChannel.API,
        )
        return Response(shapes.ConsentSerializer(consent).data, status=status.HTTP_201_CREATED)


class ConsentDetail(_RightsView, generics.RetrieveAPIView[ConsentRecord]):
    """One consent of the caller."""

    scopes = {"GET": Scope.RIGHTS_READ}
    serializer_class = shapes.ConsentSerializer
    lookup_url_kwarg = "consent_id"
    queryset = ConsentRecord.objects.none()

    def get_queryset(self) -> QuerySet[ConsentRecord]:
        return consents_of(self.caller)


class ConsentWithdraw(_RightsView):
    scopes = {"POST": Scope.RIGHTS_WRITE}
    serializer_class = shapes.WithdrawnSerializer
    lookup_url_kwarg = "consent_id"
    queryset = ConsentRecord.objects.none()

    def get_queryset(self) -> QuerySet[ConsentRecord]:
        return consents_of(self.caller)

    @extend_schema(
        summary="Withdraw a consent",
        description="The picture and everything made from it are erased at once; 409 `consent_ended` later.",
        request=None,
        responses={200: shapes.WithdrawnSerializer},
    )
    def post(self, _request: Request, **_kwargs: Any) -> Response:
        consent = self.get_object()
        taken_down = consent_withdraw(consent=consent, by=self.caller)
        consent.refresh_from_db()
        body = {"taken_down": taken_down, "consent": shapes.ConsentSerializer(consent).data}
        return Response(body)


class ErasureList(_RightsView, generics.ListAPIView[ErasureRequest]):
    """The caller's requests to have data erased, newest first."""

    scopes = {"GET": Scope.RIGHTS_READ, "POST": Scope.RIGHTS_WRITE}
    serializer_class: Any = shapes.ErasureSerializer
    queryset = ErasureRequest.objects.none()

    def get_queryset(self) -> QuerySet[ErasureRequest]:
        return ErasureRequest.objects.filter(owner=self.caller)

    @extend_schema(
        summary="Have data erased",
        description=(
            "One picture or result, or without a subject the whole account: its tokens end at once, and "
            "nothing of it can be brought back. A worker carries it out."
        ),
        request=shapes.NewErasureSerializer,
        responses={202: shapes.ErasureSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = self.asked(shapes.NewErasureSerializer, request)
        if asked["subject_id"] is None and asked["confirm"] != self.caller.get_username():
            raise ConfirmationMissing
        erasure = erasure_request(
            owner=self.caller,
            by=self.caller,
            subject_type=asked["subject_type"],
            subject_id=asked["subject_id"],
        )
        return Response(shapes.ErasureSerializer(erasure).data, status=status.HTTP_202_ACCEPTED)


class DataExport(_RightsView):
    scopes = {"GET": Scope.RIGHTS_READ}

    @extend_schema(
        summary="A copy of the own data",
        operation_id="rights_export_retrieve",
        description="Account, uploads, results, consents, statements, appeals, strikes, as JSON.",
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, _request: Request) -> Response:
        answer = Response(data_of(self.caller))
        answer["Content-Disposition"] = 'attachment; filename="my-data.json"'
        return answer
