"""Checks for apps, and texts that are submitted to be used."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from moderation.api import check_serializers as shapes
from moderation.models import TextSubmission
from moderation.services.checks import picture_check, text_check
from moderation.services.texts import text_erase, text_submit
from moderation.states import TextState
from moderation.taxonomy import Surface
from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.common.parsers import StrictJSONParser, UploadParser
from tongyi_portal.common.permissions import HasScope


class CheckCreate(generics.GenericAPIView[Any]):
    permission_classes = [IsAuthenticated, HasScope]
    scopes = {"POST": Scope.MODERATION_CHECK}
    parser_classes = [StrictJSONParser, UploadParser]
    serializer_class = shapes.NewCheckSerializer
    throttle_scope = "upload"

    @extend_schema(
        summary="Check a text or a picture",
        description=(
            "The verdict of the policy in force, with everything that was seen. Nothing is published, queued "
            "or held against anybody, and the content is not kept."
        ),
        request={
            "application/json": shapes.NewCheckSerializer,
            "multipart/form-data": shapes.NewCheckSerializer,
        },
        responses={200: shapes.CheckSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        who = {
            "by": cast(User, request.user),
            "surface": Surface(given["surface"]),
            "job_kind": given["job_kind"],
        }
        if "text" in given:
            run = text_check(text=given["text"], **who)
        else:
            run = picture_check(data=given["file"].read(), **who)
        return Response(shapes.CheckSerializer(run, context=self.get_serializer_context()).data)


class _TextView(generics.GenericAPIView[Any]):
    """Everybody sees their own texts only: another owner's id is not found."""

    permission_classes = [IsAuthenticated, HasScope]
    serializer_class: Any = shapes.TextSerializer
    queryset = TextSubmission.objects.none()
    lookup_url_kwarg = "text_id"

    def get_queryset(self) -> QuerySet[TextSubmission]:
        return TextSubmission.objects.filter(owner=cast(User, self.request.user))


class TextList(_TextView, generics.ListAPIView[TextSubmission]):
    """The caller's own texts, newest first."""

    scopes = {"GET": Scope.MODERATION_CHECK, "POST": Scope.MODERATION_CHECK}

    @extend_schema(
        summary="Submit a text to be used",
        description=(
            "Judged before the answer. The same text for the same use is the same submission, also when it "
            "is sent twice. 201: new. 200: known. Its state says whether it may be used: accepted, in_review "
            "(a person looks at it first) or blocked."
        ),
        request=shapes.NewTextSerializer,
        responses={201: shapes.TextSerializer, 200: shapes.TextSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = shapes.NewTextSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        submission, is_new = text_submit(
            by=cast(User, request.user),
            surface=Surface(given["surface"]),
            text=given["text"],
            job_kind=given["job_kind"],
        )
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(self.get_serializer(submission).data, status=code)


class TextDetail(_TextView, generics.RetrieveAPIView[TextSubmission]):
    """One of the caller's texts."""

    scopes = {"GET": Scope.MODERATION_CHECK, "DELETE": Scope.MODERATION_CHECK}

    @extend_schema(
        summary="Erase a text",
        description="Its words are removed for good; what was decided of it stays.",
        responses={204: None},
    )
    def delete(self, request: Request, **_kwargs: Any) -> Response:
        submission = self.get_object()
        if submission.state != TextState.ERASED:
            text_erase(text_id=submission.pk)
        return Response(status=status.HTTP_204_NO_CONTENT)
