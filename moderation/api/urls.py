"""URLs of the moderation API below /api/v1/."""

from moderation.api import (
    appeal_urls,
    audit_urls,
    bank_urls,
    check_urls,
    desk_urls,
    people_urls,
    policy_urls,
    review_urls,
    rights_urls,
    term_urls,
)

urlpatterns = [
    *appeal_urls.urlpatterns,
    *audit_urls.urlpatterns,
    *bank_urls.urlpatterns,
    *desk_urls.urlpatterns,
    *people_urls.urlpatterns,
    *policy_urls.urlpatterns,
    *rights_urls.urlpatterns,
    *review_urls.urlpatterns,
    *check_urls.urlpatterns,
    *term_urls.urlpatterns,
]
