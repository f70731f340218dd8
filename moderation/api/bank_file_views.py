"""Hash banks: entries made of pictures and of content of ours, files of hashes, and near duplicates."""

import uuid
from typing import Any, ClassVar

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from moderation.api import bank_serializers as shapes
from moderation.api.staff_view import StaffView, file_of
from moderation.likeness_selectors import LookAlike, look_alikes_for
from moderation.models import HashBank, ReviewItem
from moderation.queue_selectors import reviews_visible_to
from moderation.services.bank_imports import (
    MAX_BYTES,
    bank_entries_export,
    bank_entries_import,
    bank_entries_preview,
)
from moderation.services.banks import bank_add_picture, bank_add_subject
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles
from tongyi_portal.common.parsers import UploadParser


class _BankFileView(StaffView):
    permission = "moderation.view_bankentry"
    acting = roles.BANKS_EDIT
    serializer_class: Any = shapes.AddedEntriesSerializer
    throttle_scope = "upload"

    def bank(self, bank_id: uuid.UUID) -> HashBank:
        return get_object_or_404(HashBank, pk=bank_id)


class BankAddPicture(_BankFileView):
    scopes: ClassVar = {"POST": Scope.MODERATION_REVIEW}
    parser_classes = [UploadParser]

    @extend_schema(
        summary="Put a picture on a bank",
        description=(
            "Its SHA-256 and, where it has structure enough, its PDQ; the picture is not kept. Refused files "
            "have the codes of uploads; 503 `checks_busy` while another picture is looked at."
        ),
        request={"multipart/form-data": shapes.PictureEntrySerializer},
        responses={201: shapes.AddedEntriesSerializer},
    )
    def post(self, request: Request, bank_id: uuid.UUID) -> Response:
        asked = self.asked(shapes.PictureEntrySerializer, request)
        data = asked["file"].read()
        added = bank_add_picture(bank=self.bank(bank_id), data=data, note=asked["note"], by=self.caller)
        return Response(self.get_serializer({"added": added}).data, status=status.HTTP_201_CREATED)


class BankAddSubject(_BankFileView):
    scopes: ClassVar = {"POST": Scope.MODERATION_REVIEW}

    @extend_schema(
        summary="Put content of ours on a bank",
        description=(
            "A picture's SHA-256 and PDQ, of a video the PDQ of frames that differ. The entries follow the "
            "decision on the content. 409 `bank_content_gone` when there is nothing left to hash."
        ),
        request=shapes.SubjectEntrySerializer,
        responses={201: shapes.AddedEntriesSerializer},
    )
    def post(self, request: Request, bank_id: uuid.UUID) -> Response:
        asked = self.asked(shapes.SubjectEntrySerializer, request)
        added = bank_add_subject(bank=self.bank(bank_id), by=self.caller, **asked)
        return Response(self.get_serializer({"added": added}).data, status=status.HTTP_201_CREATED)


class BankImport(_BankFileView):
    scopes: ClassVar = {"POST": Scope.MODERATION_CONFIGURE}
    parser_classes = [UploadParser]
    serializer_class = shapes.BankImportSerializer

    @extend_schema(
        summary="Import a file of hashes",
        description=(
            "Lines with faults are left out and named, the others are taken. With `is_dry_run` nothing "
            "changes, and the answer tells what would. 422 `bank_file_refused`: the file cannot be read."
        ),
        request={"multipart/form-data": shapes.BankFileSerializer},
        responses={200: shapes.BankImportSerializer},
    )
    def post(self, request: Request, bank_id: uuid.UUID) -> Response:
        asked = self.asked(shapes.BankFileSerializer, request)
        bank, data = self.bank(bank_id), asked["file"].read(MAX_BYTES + 1)
        if asked["is_dry_run"]:
            report = bank_entries_preview(bank=bank, data=data)
        else:
            report = bank_entries_import(bank=bank, data=data, by=self.caller)
        faults = [{"line": line, "code": code} for line, code in report.faults]
        body = vars(report) | {"is_dry_run": asked["is_dry_run"], "faults": faults}
        return Response(self.get_serializer(body).data)


class BankExport(_BankFileView):
    @extend_schema(
        summary="Export a hash bank",
        description="The hashes that match, as a CSV file that can be imported again.",
        operation_id="moderation_hash_banks_export_retrieve",
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, _request: Request, bank_id: uuid.UUID) -> StreamingHttpResponse:
        bank = self.bank(bank_id)
        return file_of(bank_entries_export(bank), name=f"bank-{bank.pk.hex[:8]}.csv", mime="text/csv")


class NearDuplicates(StaffView):
    permission = "moderation.view_reviewitem"
    serializer_class = shapes.NearDuplicateSerializer
    pagination_class = None
    queryset = ReviewItem.objects.none()
    lookup_url_kwarg = "item_id"
    own_parameters = frozenset({"limit"})

    def get_queryset(self) -> Any:
        return reviews_visible_to(self.caller)

    @extend_schema(
        summary="Content that looks like an item's picture",
        description=(
            "Within the distance that the settings name, nearest first, with the verdict as far as the "
            "caller may know of it. Nothing for texts, and for pictures with too little structure."
        ),
        operation_id="moderation_reviews_near_duplicates_list",
        parameters=[shapes.LookAlikeQuerySerializer],
        responses={200: shapes.NearDuplicateSerializer(many=True)},
    )
    def get(self, request: Request, **_kwargs: Any) -> Response:
        asked = shapes.LookAlikeQuerySerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        found = look_alikes_for(self.caller, self.get_object(), asked.validated_data["limit"])
        return Response(self.get_serializer([_row(one) for one in found], many=True).data)


def _row(one: LookAlike) -> dict[str, Any]:
    run = one.scan_run
    return {
        "distance": one.distance,
        "subject_type": run.subject_type,
        "subject_id": run.subject_id,
        "scan_run": run.pk,
        "scanned_at": run.created_at,
        "verdict": one.verdict,
    }
