"""Uploads: a picture in a form, by its address or by way of the object store, and what became of it."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from generation.api import upload_serializers as shapes
from generation.api.filters import UploadFilter
from generation.api.own_view import OwnView
from generation.errors import ContentBlocked
from generation.models import DirectUpload, Upload, UploadSurface
from generation.selectors import direct_uploads_of, uploads_of
from generation.services.direct_uploads import direct_upload_complete, direct_upload_open
from generation.services.picture_fetching import picture_fetch
from generation.services.uploads import upload_accept, upload_erase
from generation.states import UploadState
from generation.texts import reason_list
from moderation.services.consents import ConsentGiven
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common.parsers import StrictJSONParser, UploadParser


class _JudgedView(OwnView):
    def answer(self, upload: Upload) -> Response:
        """201 for an accepted picture, 202 for one that waits. Raises ContentBlocked for a refused one."""
        if upload.state == UploadState.BLOCKED:
            raise ContentBlocked(
                details={"upload": str(upload.pk), "reasons": reason_list(upload.reason_codes)}
            )
        body = shapes.UploadSerializer(upload, context=self.get_serializer_context()).data
        created = upload.state == UploadState.ACCEPTED
        return Response(body, status=status.HTTP_201_CREATED if created else status.HTTP_202_ACCEPTED)


class UploadList(_JudgedView, generics.ListAPIView[Upload]):
    """The caller's own pictures that were not erased, newest first."""

    scopes = {"GET": Scope.UPLOADS_WRITE, "POST": Scope.UPLOADS_WRITE}
    filterset_class = UploadFilter
    queryset = Upload.objects.none()
    parser_classes = [UploadParser, StrictJSONParser]
    serializer_class = shapes.UploadSerializer
    throttle_scope = "upload"

    def get_queryset(self) -> QuerySet[Upload]:
        return uploads_of(self.caller)

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
            form = shapes.NewUploadSerializer(data=request.data)
            form.is_valid(raise_exception=True)
            given = form.validated_data
            return self._accept(given["file"].read(), given["surface"], given["consent"])
        named = shapes.UploadFromUrlSerializer(data=request.data)
        named.is_valid(raise_exception=True)
        given = named.validated_data
        return self._accept(picture_fetch(url=given["url"]), given["surface"], named.consent_given())

    def _accept(self, data: bytes, surface: UploadSurface, consent: ConsentGiven | None) -> Response:
        return self.answer(
            upload_accept(by=self.caller, data=data, surface=surface, token=self.token, consent=consent)
        )


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


class DirectUploadCreate(OwnView):
    scopes = {"POST": Scope.UPLOADS_WRITE}
    serializer_class = shapes.NewDirectUploadSerializer
    throttle_scope = "upload"

    @extend_schema(
        summary="Get a form that sends a picture straight to the object store",
        description=(
            "For phones and browsers that should not send through your server or this one. Send the form, "
            "then `complete`. 409 `direct_uploads_unavailable` on a site without an object store."
        ),
        request=shapes.NewDirectUploadSerializer,
        responses={201: shapes.DirectUploadSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        direct, form = direct_upload_open(by=self.caller, token=self.token, **asked.validated_data)
        told = {
            "id": direct.pk,
            "surface": direct.surface,
            "mime": direct.mime,
            "form": form,
            "max_bytes": settings.UPLOAD_MAX_BYTES,
            "expires_at": direct.expires_at,
        }
        return Response(shapes.DirectUploadSerializer(told).data, status=status.HTTP_201_CREATED)


class DirectUploadComplete(_JudgedView):
    scopes = {"POST": Scope.UPLOADS_WRITE}
    serializer_class = shapes.DirectUploadCompleteSerializer
    lookup_url_kwarg = "direct_upload_id"
    throttle_scope = "upload"

    def get_queryset(self) -> QuerySet[DirectUpload]:
        return direct_uploads_of(self.caller)

    @extend_schema(
        summary="Say that the picture was sent to the object store",
        description=(
            "It is cleaned and judged as in `POST uploads`, with the same answers; the original is erased. "
            "Doing it again gives the same upload. 409 `direct_upload_missing`: nothing has arrived yet; "
            "`direct_upload_busy`: another request is at it."
        ),
        request=shapes.DirectUploadCompleteSerializer,
        responses={201: shapes.UploadSerializer, 202: shapes.UploadSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        asked = shapes.DirectUploadCompleteSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return self.answer(direct_upload_complete(direct=self.get_object(), consent=asked.consent_given()))
