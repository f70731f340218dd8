"""Request bodies: strict JSON, and multipart forms with a cap that is checked before anything is read."""

import json
import math
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser, MultiPartParser

FORM_OVERHEAD_BYTES = 64 * 1024


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body_too_large"
    default_detail = _("The request is too large.")


class StrictJSONParser(JSONParser):
    """JSON in UTF-8, at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes; no key twice, no infinite numbers."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge
        try:
            data = json.loads(
                body.decode(),
                object_pairs_hook=_unique_keys,
                parse_constant=_refuse_constant,
                parse_float=_finite,
            )
            if b"\\ud" in body.lower():  # half of a surrogate pair cannot be stored, nor sent back
                json.dumps(data, ensure_ascii=False).encode()
            return data
        except RecursionError as error:
            raise ParseError(_("The body is nested too deeply.")) from error
        except ValueError as error:  # also what cannot be decoded or encoded
            raise ParseError(_("The body is not valid JSON in UTF-8.")) from error


class UploadParser(MultiPartParser):
    """multipart/form-data whose declared length fits `max_bytes` with its wrapping."""

    @property
    def max_bytes(self) -> int:
        return int(settings.UPLOAD_MAX_BYTES)

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        declared = (parser_context or {})["request"].META.get("CONTENT_LENGTH") or "0"
        if declared.isdigit() and int(declared) > self.max_bytes + FORM_OVERHEAD_BYTES:
            raise BodyTooLarge
        return super().parse(stream, media_type, parser_context)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ParseError(_("The key “%(key)s” occurs twice in the body.") % {"key": key[:80]})
        found[key] = value
    return found


def _finite(written: str) -> float:
    if math.isinf(number := float(written)):
        raise ValueError(written)
    return number


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
