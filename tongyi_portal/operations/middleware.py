"""OperationsMiddleware: answers probes before anything else can fail; counts every request by its route."""

import time
from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tongyi_portal.operations import probes
from tongyi_portal.operations.metrics import request_counted
from tongyi_portal.operations.tracing import request_traced

METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
)  # callers may make up others
View = Callable[[HttpRequest], HttpResponse]
PROBES: Mapping[str, View] = {
    "/healthz": probes.healthz,
    "/readyz": probes.readyz,
    "/metrics": probes.metrics,
}


class OperationsMiddleware:
    """Probes are answered under any name and over plain HTTP: they come to a container by its address."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        method = request.method if request.method in METHODS else "other"
        if (probe := PROBES.get(request.path_info)) is not None:
            response = probe(request)
        else:
            with request_traced(method) as tell:
                response = self.get_response(request)
                tell(_route(request), response.status_code)
        request_counted(
            method=method,
            route=_route(request),
            status=response.status_code,
            seconds=time.perf_counter() - started,
        )
        return response


def _route(request: HttpRequest) -> str:
    """The pattern that was matched, alike with and without a trailing slash."""
    if request.path_info in PROBES:
        return request.path_info
    if request.resolver_match is not None:
        return f"/{request.resolver_match.route.rstrip('/')}"
    return settings.STATIC_URL if request.path_info.startswith(settings.STATIC_URL) else "none"
