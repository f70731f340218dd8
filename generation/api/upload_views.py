"""Uploads: a picture in a form or by its address, and what became of it."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from generation.api import upload_serializers as shapes
from generation.api.own_view import OwnView
from generation.errors import ContentBlocked
from generation.models import Upload, UploadSurface
from generation.selectors import uploads_of
from generation.services.picture_fetching import picture_fetch
from generation.services.uploads import upload_accept, upload_erase
from generation.states import UploadState
from generation.texts import reason_list
from moderation.services.consents import ConsentGiven
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common.parsers import StrictJSONParser, UploadParser


class UploadCreate(OwnView):
    scopes = {"POST": Scope.UPLOADS_WRITE}
    parser_classes = [UploadParser, StrictJSONParser]
    serializer_class = shapes.NewUploadSerializer
    throttle_scope = "upload"

    @extend_schema(
        summary="Upload a picture",
        description=(
            "As a file in a form, or as JSON with the address of one, which is fetched. The picture is "
            "cleaned and judged before the answer. 201: accepted. 202: a person looks at it first; jobs that "
            "use it wait. 422 `content_blocked`: refused, with reasons; `upload_url_refused` and "
            "`upload_url_failed`: not fetched, `details.reason` says why."
        ),
        request={
            "multipart/form-data": shapes.NewUploadSerializer,
            "application/json": shapes.UploadFromUrlSerializer,
        },
        responses={201: shapes.UploadSerializer, 202: shapes.UploadSerializer},
    )
    def post(self, request: Request) -> Response:
        if request.content_type.startswith("multipart/"):
            form = self.get_serializer(data=request.data)
            form.is_valid(raise_exception=True)
            given = form.validated_data
            return self._accept(given["file"].read(), given["surface"], given["consent"])
        named = shapes.UploadFromUrlSerializer(data=request.data)
        named.is_valid(raise_exception=True)
        given = named.validated_data
        return self._accept(picture_fetch(url=given["url"]), given["surface"], named.consent_given())

    def _accept(self, data: bytes, surface: UploadSurface, consent: ConsentGiven | None) -> Response:
        upload = upload_accept(by=self.caller, data=data, surface=surface, token=self.token, consent=consent)
        if upload.state == UploadState.BLOCKED:
            raise ContentBlocked(
                details={"upload": str(upload.pk), "reasons": reason_list(upload.reason_codes)}
            )
        body = shapes.UploadSerializer(upload, context=self.get_serializer_context()).data
        created = upload.state == UploadState.ACCEPTED
        return Response(body, status=status.HTTP_201_CREATED if created else status.HTTP_202_ACCEPTED)


class UploadDetail(OwnView, generics.RetrieveAPIView[Upload]):
    """One of the caller's pictures."""

    scopes = {"GET": Scope.UPLOADS_WRITE, "DELETE": Scope.UPLOADS_WRITE}
    serializer_class = shapes.UploadSerializer
    lookup_url_kwarg = "upload_id"

    def get_queryset(self) -> QuerySet[Upload]:
        return uploads_of(self.caller)

    @extend_schema(
        summary="Erase a picture",
        description="Its pixels are removed for good; unfinished jobs that need it are cancelled.",
        responses={204: None},
    )
    def delete(self, request: Request, **_kwargs: Any) -> Response:
        upload_erase(upload=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)
