"""Named rate limits for each caller: read, write, upload, review, guest for visitors, limited for strikes.

And what they and the lockout of logins count strangers by: client_address.
"""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle

from moderation.errors import AccountLimited
from moderation.services.strikes import standing_details, standing_of

if TYPE_CHECKING:
    from rest_framework.views import APIView  # a real import would be circular: views read these settings


def client_address(request: HttpRequest) -> str:
    """Who asks, as far as TRUSTED_PROXIES proxies can be believed; what a caller itself claims is not."""
    return BaseThrottle().get_ident(request)  # type: ignore[arg-type]  # it reads META alone


class _LimitedThrottle(SimpleRateThrottle):
    """One count for everything that a limited account writes."""

    scope = "limited"

    def __init__(self, rate: str) -> None:
        self.rate = rate
        self.num_requests, self.duration = self.parse_rate(rate)

    def get_cache_key(self, request: Request, view: Any) -> str:
        return self.cache_format % {"scope": self.scope, "ident": f"account-{request.user.pk}"}


class PerCallerThrottle(SimpleRateThrottle):
    """The rate named by the view's `throttle_scope` for unsafe methods, else "read" or "write".

    A caller is a token, a signed-in user, or an address. Guests cost nothing to make, so what they write is
    counted by address, under "guest". An account that is limited because of its strikes also keeps to
    "limited", whatever it writes.
    """

    def __init__(self) -> None:
        """The rate depends on the request, so it is read in allow_request."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        self.scope = self._scope(request, view)
        if self.scope != "read" and request.user and request.user.is_authenticated:
            self._require_limited_rate(request, view)
        self.rate = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"][self.scope]
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return super().allow_request(request, view)

    def _require_limited_rate(self, request: Request, view: "APIView") -> None:
        """Hold a limited account to its lower rate, but for its rights. Raises AccountLimited."""
        if getattr(view, "is_right", False):
            return
        rate = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"].get("limited")
        standing = standing_of(request.user) if rate is not None else None
        if standing is None or standing.level != "limited":
            return
        slower = _LimitedThrottle(rate)
        if not slower.allow_request(request, view):
            wait = max(1, round(slower.wait() or 1))
            raise AccountLimited(details=standing_details(standing) | {"retry_after_seconds": wait})

    def get_cache_key(self, request: Request, view: Any) -> str:
        if request.auth is not None:
            ident = f"token-{request.auth.pk}"
        elif request.user and request.user.is_authenticated and self.scope != "guest":
            ident = f"user-{request.user.pk}"
        else:
            ident = f"address-{self.get_ident(request)}"
        return self.cache_format % {"scope": self.scope, "ident": ident}

    def _scope(self, request: Request, view: "APIView") -> str:
        if request.method in SAFE_METHODS:
            return "read"
        if request.auth is None and getattr(request.user, "is_guest", False):
            return "guest"
        return str(getattr(view, "throttle_scope", "") or "write")
