"""Addresses that do not exist, in the API's error shape."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


@extend_schema(exclude=True)
class NoSuchAddress(APIView):
    """Whatever the method, the caller learns that the address is wrong, not who they are."""

    authentication_classes: Any = []
    permission_classes = [AllowAny]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(_("There is no such address."))

    def get(self, _request: Request) -> Response:
        raise NotImplementedError("initial() always refuses")
