"""Every fault as {"code", "message", "details"}: the only place that turns errors into HTTP."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import (
    PermissionDenied as DjangoPermissionDenied,
)
from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

from tongyi_portal.common.errors import AppError
from tongyi_portal.common.request_id import current_request_id

logger = logging.getLogger(__name__)
JSON_PREFIXES = ("/api/", "/media/")
_CODES: dict[type[exceptions.APIException], str] = {
    exceptions.ParseError: "malformed_body",
    exceptions.NotAuthenticated: "not_authenticated",
    exceptions.PermissionDenied: "permission_refused",
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.Throttled: "throttled",
}


def error_body(code: str, message: Any, details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The one error shape."""
    return {"code": code, "message": str(message), "details": dict(details or {})}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's handler. An error that nobody foresaw is logged whole and told as `internal_error`."""
    if connection_in_atomic_request():
        transaction.set_rollback(True)
    status, body, headers = _describe(error)
    if status >= 500 and not isinstance(error, AppError):
        logger.error("unhandled error", exc_info=error, extra={"view": type(context.get("view")).__name__})
    return Response(body, status=status, headers=headers)


def connection_in_atomic_request() -> bool:
    """True where ATOMIC_REQUESTS wrapped the view in a transaction that must now be undone."""
    connection = transaction.get_connection()
    return bool(connection.settings_dict["ATOMIC_REQUESTS"] and connection.in_atomic_block)


def _describe(error: Exception) -> tuple[int, dict[str, Any], dict[str, str]]:
    if isinstance(error, AppError):
        headers = {"Retry-After": str(after)} if (after := error.details.get("retry_after_seconds")) else {}
        if error.code == "range_not_satisfiable":
            headers["Content-Range"] = f"bytes */{error.details['size']}"
        return error.http_status, error_body(error.code, _(str(error.message)), error.details), headers
    if isinstance(error, exceptions.ValidationError):
        faults = list(_faults(error.get_full_details(), ""))
        return 400, error_body("invalid_request", _("The request has faults."), {"fields": faults}), {}
    if isinstance(error, exceptions.APIException):
        return _describe_rest(error)
    if isinstance(error, Http404):
        return 404, error_body("not_found", _("There is no such object.")), {}
    if isinstance(error, DjangoPermissionDenied):
        return 403, error_body("permission_refused", _("Your account may not do this.")), {}
    if isinstance(error, RequestDataTooBig):
        return 413, error_body("body_too_large", _("The request is too large.")), {}
    if isinstance(error, SuspiciousOperation):
        return 400, error_body("malformed_request", _("The request cannot be read.")), {}
    details = {"request_id": current_request_id.get()}
    return 500, error_body("internal_error", _("Something went wrong on our side."), details), {}


def _describe_rest(error: exceptions.APIException) -> tuple[int, dict[str, Any], dict[str, str]]:
    headers: dict[str, str] = {}
    details: dict[str, Any] = {}
    message: Any = error.detail
    if isinstance(error.detail, dict):
        details = {name: str(value) for name, value in error.detail.items() if name != "message"}
        message = error.detail.get("message", error.default_detail)
    if isinstance(error, exceptions.MethodNotAllowed):
        message = _("This address does not take that method.")
    if isinstance(error, exceptions.Throttled):
        wait = max(1, round(getattr(error, "wait", None) or 1))
        headers["Retry-After"], details["retry_after_seconds"] = str(wait), wait
        message = _("Too many requests; wait a moment.")
    if error.status_code == 401:
        headers["WWW-Authenticate"] = getattr(error, "auth_header", "Bearer")
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else str(next(iter(codes.values()))) if codes else ""  # type: ignore[union-attr]
    if code in {"", type(error).default_code}:
        code = _CODES.get(type(error), code or "error")
    return error.status_code, error_body(code, message, details), headers


def _faults(detail: Any, pointer: str) -> Iterator[dict[str, str]]:
    """Flatten DRF's tree of faults to JSON pointers (RFC 6901)."""
    if isinstance(detail, Mapping) and {"message", "code"} == set(detail) and isinstance(detail["code"], str):
        yield {"pointer": pointer, "code": detail["code"], "message": str(detail["message"])}
    elif isinstance(detail, Mapping):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            yield from _faults(inner, pointer + step)
    else:
        nested = any(not {"message", "code"} <= set(inner) for inner in detail if inner)
        for index, inner in enumerate(detail):
            if inner:
                yield from _faults(inner, f"{pointer}/{index}" if nested else pointer)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400: JSON below /api/ and /media/, Django's page elsewhere."""
    if not request.path_info.startswith(JSON_PREFIXES):
        return defaults.bad_request(request, exception)
    return JsonResponse(error_body("malformed_request", _("The request cannot be read.")), status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    if not request.path_info.startswith(JSON_PREFIXES):
        return defaults.permission_denied(request, exception)
    return JsonResponse(error_body("permission_refused", _("Your account may not do this.")), status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404."""
    if not request.path_info.startswith(JSON_PREFIXES):
        return defaults.page_not_found(request, exception)
    return JsonResponse(error_body("not_found", _("There is no such address.")), status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500."""
    if not request.path_info.startswith(JSON_PREFIXES):
        return defaults.server_error(request)
    details = {"request_id": current_request_id.get()}
    body = error_body("internal_error", _("Something went wrong on our side."), details)
    return JsonResponse(body, status=500)
