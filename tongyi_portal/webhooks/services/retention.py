"""webhooks_purge: forget deliveries and events that are over."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from tongyi_portal.webhooks.models import Delivery, Event
from tongyi_portal.webhooks.states import DeliveryState, EndpointState

PURGED_AT_ONCE = 5000


def webhooks_purge() -> int:
    """Remove events older than WEBHOOK_KEEP_DAYS with their deliveries, except what is still being tried.

    What waits for an endpoint that is switched off goes as well. Returns how many events; at most
    PURGED_AT_ONCE a call.
    """
    before = timezone.now() - timedelta(days=settings.WEBHOOK_KEEP_DAYS)
    tried = Delivery.objects.filter(state=DeliveryState.PENDING, endpoint__state=EndpointState.ACTIVE)
    old = Event.objects.filter(created_at__lt=before).exclude(pk__in=tried.values("event"))
    keys = list(old.order_by("created_at").values_list("pk", flat=True)[:PURGED_AT_ONCE])
    Event.objects.filter(pk__in=keys).delete()
    return len(keys)
