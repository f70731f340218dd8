"""URLs of webhooks, below /api/v1/."""

from tongyi_portal.common.routes import endpoint
from tongyi_portal.webhooks.api import views

_ONE = "webhooks/endpoints/<uuid:endpoint_id>"
urlpatterns = [
    *endpoint("webhooks/event-types", views.EventTypeList.as_view(), "webhook-event-types"),
    *endpoint("webhooks/endpoints", views.EndpointList.as_view(), "webhook-endpoint-list"),
    *endpoint(_ONE, views.EndpointDetail.as_view(), "webhook-endpoint-detail"),
    *endpoint(f"{_ONE}/rotate-secret", views.EndpointRotate.as_view(), "webhook-endpoint-rotate"),
    *endpoint(f"{_ONE}/test", views.EndpointTest.as_view(), "webhook-endpoint-test"),
    *endpoint(f"{_ONE}/replay", views.EndpointReplay.as_view(), "webhook-endpoint-replay"),
    *endpoint("webhooks/deliveries", views.DeliveryList.as_view(), "webhook-delivery-list"),
    *endpoint(
        "webhooks/deliveries/<uuid:delivery_id>", views.DeliveryDetail.as_view(), "webhook-delivery-detail"
    ),
    *endpoint(
        "webhooks/deliveries/<uuid:delivery_id>/replay",
        views.DeliveryReplay.as_view(),
        "webhook-delivery-replay",
    ),
]
