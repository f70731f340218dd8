"""The pages of probes and of Prometheus: /healthz, /readyz, /metrics."""

from secrets import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client.exposition import choose_encoder

from tongyi_portal.api.throttling import client_address
from tongyi_portal.common.addresses import is_within, parse_address, parse_networks
from tongyi_portal.operations.live_gauges import LiveGauges
from tongyi_portal.operations.metrics import counted_registry
from tongyi_portal.operations.readiness import readiness


def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(_request: HttpRequest) -> HttpResponse:
    """503 until every part can be used; says which cannot, not why: the log does."""
    checks = readiness.report(settings.READY_SECONDS)
    status = 200 if all(checks.values()) else 503
    return JsonResponse({"status": "ok" if status == 200 else "unavailable", "checks": checks}, status=status)


def metrics(request: HttpRequest) -> HttpResponse:
    """What this group's processes counted, and how the database says that things stand now."""
    if not _may_read(request):
        return JsonResponse({"status": "refused"}, status=403)
    registry = counted_registry()
    registry.register(LiveGauges())
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type)


def _may_read(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if settings.METRICS_TOKEN and compare_digest(given.encode(), wanted.encode()):
        return True
    try:
        address = parse_address(client_address(request))
    except ValueError:
        return False
    return is_within(address, parse_networks(settings.METRICS_ALLOWED_NETWORKS))
