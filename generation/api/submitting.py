"""submit: a job from the body of a request, alone or in a batch; idempotency_key: to do it twice safely."""

import hashlib
import json
import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from generation.api.own_view import OwnView
from generation.api.serializers import JobSubmitSerializer
from generation.services.jobs import Submission, job_submit

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description=(
        "1 to 200 printable ASCII characters. Sending the same key and body again gives the same job; "
        "another body is refused with `idempotency_mismatch`. Kept for at least 24 hours."
    ),
)


def idempotency_key(request: Request) -> str:
    """The request's key; empty when it has none. Raises ValidationError."""
    key = request.headers.get("Idempotency-Key", "")
    if key and not _KEY.fullmatch(key):
        raise serializers.ValidationError(
            {"Idempotency-Key": [_("Use 1 to 200 printable ASCII characters.")]}
        )
    return key


def submit(view: OwnView, body: Any, key: str) -> Submission:
    """A job of the view's caller. Raises ValidationError, and like job_submit."""
    asked = JobSubmitSerializer(data=body)
    asked.is_valid(raise_exception=True)
    written = json.dumps(body, sort_keys=True, ensure_ascii=False)
    return job_submit(
        by=view.caller,
        token=view.token,
        kind_key=asked.validated_data["kind"],
        params=asked.validated_data["params"],
        tier=asked.validated_data["tier"],
        idempotency_key=key,
        body_sha256=hashlib.sha256(written.encode()).hexdigest(),
    )
