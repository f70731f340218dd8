"""Stored files over HTTP: ETag, one byte range, If-Range, HEAD (RFC 9110, sections 13 and 14)."""

import re
from collections.abc import Iterable
from typing import Any

from django.core.files.storage import storages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from tongyi_portal.common.errors import AppError
from tongyi_portal.common.storage import FileMissing, chunks_of, exists, presigned_url

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")  # no file is longer; int() refuses thousands


class RangeNotSatisfiable(AppError):
    code = "range_not_satisfiable"
    http_status = 416
    default_message = _("The asked range lies outside the file.")

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(details={"size": size})


class AnyMedia(BaseContentNegotiation):
    """Files have the type they have; what the player says it accepts changes nothing."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


def file_response(
    request: HttpRequest,
    *,
    alias: str,
    key: str,
    mime: str,
    size: int,
    etag: str,
    cache_control: str,
    download_name: str = "",
) -> HttpResponseBase:
    """Answer a GET or HEAD for one stored file.

    etag: bare, of the content. download_name: when given, browsers save the file under that name.
    Several ranges in one request are answered with the whole file, as the standard allows. An object store
    serves its files itself: the answer is a redirect to it. Raises FileMissing, RangeNotSatisfiable,
    StorageUnavailable.
    """
    if elsewhere := presigned_url(alias, key, download_name):
        return HttpResponseRedirect(elsewhere, headers={"Cache-Control": "private, no-store"})
    storage = storages[alias]
    if not exists(alias, key):
        raise FileMissing
    quoted = f'"{etag}"'
    headers = {
        "ETag": quoted,
        "Cache-Control": cache_control,
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": str(
            content_disposition_header(bool(download_name), download_name) or "inline"
        ),
    }
    if _matches(request.headers.get("If-None-Match", ""), quoted):
        return HttpResponse(status=304, headers=headers)
    span = asked_range(request.headers.get("Range", ""), size)
    if_range = request.headers.get("If-Range", "")
    if span is not None and (not if_range or if_range == quoted):
        start, end = span
        headers["Content-Range"] = f"bytes {start}-{end}/{size}"
        status = 206
    else:
        start, end, status = 0, size - 1, 200
    headers["Content-Length"] = str(end - start + 1)
    body: Iterable[bytes] = (
        () if request.method == "HEAD" else chunks_of(storage, key, start, end - start + 1)
    )
    return StreamingHttpResponse(body, status=status, content_type=mime, headers=headers)


def asked_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a Range header, or None when it asks for nothing that we serve in parts.

    A server may ignore a range (RFC 9110, section 14.2); we do with numbers of more than 18 digits.
    Raises RangeNotSatisfiable when it is well-formed and lies outside the file.
    """
    found = _RANGE.fullmatch(header.strip())
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        if int(last) == 0 or size == 0:
            raise RangeNotSatisfiable(size)
        return max(0, size - int(last)), size - 1
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise RangeNotSatisfiable(size)
    return int(first), min(int(last), size - 1) if last else size - 1


def _matches(header: str, quoted: str) -> bool:
    return any(part.strip().removeprefix("W/") in {quoted, "*"} for part in header.split(",") if part.strip())
