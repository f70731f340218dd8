"""URLs of queues, due times, gold items, settings, scans and the shift, below /api/v1/moderation/."""

from moderation.api import desk_views as desk
from moderation.api import queue_views as queues
from moderation.api import scan_views as scans
from moderation.api import shift_views as shift
from tongyi_portal.common.routes import endpoint

_QUEUE = "moderation/queues/<slug:slug>"
_GOLD = "moderation/gold-items/<uuid:gold_id>"

urlpatterns = [
    *endpoint("moderation/queues", queues.QueueMake.as_view(), "review-queue-list"),
    *endpoint(_QUEUE, queues.QueueDetail.as_view(), "review-queue-detail"),
    *endpoint(f"{_QUEUE}/route-again", queues.QueueRouteAgain.as_view(), "review-queue-route-again"),
    *endpoint("moderation/reviews/<uuid:item_id>/route", queues.ReviewRoute.as_view(), "review-route"),
    *endpoint("moderation/service-targets", queues.ServiceTargetList.as_view(), "service-target-list"),
    *endpoint(
        "moderation/service-targets/<slug:category>",
        queues.ServiceTargetDetail.as_view(),
        "service-target-detail",
    ),
    *endpoint("moderation/gold-items", desk.GoldItemList.as_view(), "gold-item-list"),
    *endpoint(_GOLD, desk.GoldItemDetail.as_view(), "gold-item-detail"),
    *endpoint(f"{_GOLD}/retire", desk.GoldItemRetire.as_view(), "gold-item-retire"),
    *endpoint(f"{_GOLD}/answers", desk.GoldAnswers.as_view(), "gold-item-answers"),
    *endpoint("moderation/settings", desk.SettingsView.as_view(), "moderation-settings"),
    *endpoint("moderation/scans", scans.ScanRunList.as_view(), "scan-run-list"),
    *endpoint("moderation/scans/<uuid:scan_id>", scans.ScanRunDetail.as_view(), "scan-run-detail"),
    *endpoint("moderation/texts", scans.StaffTextList.as_view(), "staff-text-list"),
    *endpoint("moderation/exposure", shift.Exposure.as_view(), "exposure"),
    *endpoint("moderation/reviews/<uuid:item_id>/look", shift.ReviewLook.as_view(), "review-look"),
    *endpoint("moderation/break/begin", shift.BreakBegin.as_view(), "break-begin"),
    *endpoint("moderation/break/end", shift.BreakEnd.as_view(), "break-end"),
]
