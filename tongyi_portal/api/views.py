"""Addresses that do not exist, in the API's error shape; health probes."""

from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tongyi_portal.common.storage import OUTPUTS, PREVIEWS, UPLOADS
from tongyi_portal.vision.model_files import ModelFileMissing, ModelFiles


@extend_schema(exclude=True)
class NoSuchAddress(APIView):
    """Whatever the method, the caller learns that the address is wrong, not who they are."""

    authentication_classes: Any = []
    permission_classes = [AllowAny]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(_("There is no such address."))

    def get(self, _request: Request) -> Response:
        raise NotImplementedError("initial() always refuses")


def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(_request: HttpRequest) -> JsonResponse:
    """503 until the database, the storages and the model files are usable; says which are not, not why."""
    checks = {
        "database": _database_answers(),
        "storage": _storage_answers(),
        "model_files": _models_lie_ready(),
    }
    status = 200 if all(checks.values()) else 503
    return JsonResponse({"status": "ok" if status == 200 else "unavailable", "checks": checks}, status=status)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _storage_answers() -> bool:
    try:
        for alias in (UPLOADS, OUTPUTS, PREVIEWS):
            storages[alias].exists("ready")
    except Exception:  # noqa: BLE001  # each object store client has its own errors, and all mean the same here
        return False
    return True


def _models_lie_ready() -> bool:
    """By presence and size; `manage.py fetch_models` compares digests."""
    models = ModelFiles(settings.MODELS_ROOT)
    try:
        for entry in models.manifest:
            models.path(entry.key)
    except ModelFileMissing:
        return False
    return True
