"""Word lists as files, and a text tried against the words in force."""

import uuid
from itertools import chain
from typing import Any, ClassVar

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from moderation.api import term_serializers as shapes
from moderation.api.staff_view import StaffView, file_of
from moderation.models import TermList
from moderation.services.term_imports import ImportReport, terms_export, terms_import, terms_preview
from moderation.services.term_trying import text_try
from moderation.terms.files import MAX_BYTES
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles
from tongyi_portal.common.parsers import UploadParser


class _FileView(StaffView):
    permission = "moderation.view_term"
    serializer_class: Any = shapes.TermImportSerializer

    def term_list(self, list_id: uuid.UUID) -> TermList:
        return get_object_or_404(TermList, pk=list_id)


class TermImport(_FileView):
    acting = roles.TERMS_EDIT
    scopes: ClassVar = {"POST": Scope.MODERATION_CONFIGURE}
    parser_classes = [UploadParser]
    throttle_scope = "upload"

    @extend_schema(
        summary="Import a file of words",
        description=(
            "Lines with faults are left out and named, the others are taken. With `is_dry_run` nothing "
            "changes, and the answer tells what would. 422 `term_file_refused`: the file cannot be read."
        ),
        request={"multipart/form-data": shapes.TermFileSerializer},
        responses={200: shapes.TermImportSerializer},
    )
    def post(self, request: Request, list_id: uuid.UUID) -> Response:
        asked = self.asked(shapes.TermFileSerializer, request)
        term_list = self.term_list(list_id)
        name, data = str(asked["file"].name), asked["file"].read(MAX_BYTES + 1)
        is_csv = name.lower().endswith(".csv")
        if asked["is_dry_run"]:
            report = terms_preview(term_list=term_list, data=data, is_csv=is_csv)
        else:
            report = terms_import(term_list=term_list, data=data, is_csv=is_csv, by=self.caller)
        return Response(_shown(report, is_dry_run=asked["is_dry_run"]))


class TermExport(_FileView):
    @extend_schema(
        summary="Export a word list",
        description="The words that are looked for, as a CSV file that can be imported again.",
        operation_id="moderation_term_lists_export_retrieve",
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, _request: Request, list_id: uuid.UUID) -> StreamingHttpResponse:
        term_list = self.term_list(list_id)
        lines = chain(["\ufeff"], terms_export(term_list))
        return file_of(lines, name=f"terms-{str(term_list.pk)[:8]}.csv", mime="text/csv")


class TermTry(_FileView):
    scopes: ClassVar = {"POST": Scope.MODERATION_READ}

    @extend_schema(
        summary="Try a text against the words in force",
        description="Finds what a scan would find, and keeps nothing of the text.",
        operation_id="moderation_term_lists_try_create",
        request=shapes.TryTextSerializer,
        responses={200: shapes.TriedTextSerializer},
    )
    def post(self, request: Request) -> Response:
        tried = text_try(self.asked(shapes.TryTextSerializer, request)["text"])
        hits = [
            {
                "term": term.pk,
                "word": term.text,
                "list": term.term_list_id,
                "list_name": str(term.term_list),
                "category": term.term_list.category,
                "severity": term.term_list.severity,
                "view": hit.view,
                "may_block": hit.may_block,
                "start": hit.start,
                "end": hit.end,
            }
            for hit, term in tried.hits
        ]
        version = tried.policy.version if tried.policy is not None else None
        body = vars(tried) | {"hits": hits, "policy_version": version}
        return Response(shapes.TriedTextSerializer(body).data)


def _shown(report: ImportReport, *, is_dry_run: bool) -> Any:
    counts = {name: len(getattr(report, name)) for name in ("new", "restored", "known")}
    shape = shapes.TermImportSerializer(
        {
            **counts,
            "is_dry_run": is_dry_run,
            "fault_count": len(report.faults),
            "words": (*report.new, *report.restored)[: shapes.ROWS_SHOWN],
            "faults": report.faults[: shapes.FAULTS_SHOWN],
        }
    )
    return shape.data
