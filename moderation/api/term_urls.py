"""URLs of word lists, below /api/v1/moderation/."""

from moderation.api import term_views as views
from tongyi_portal.common.routes import endpoint

_LIST = "moderation/term-lists/<uuid:list_id>/terms"

urlpatterns = [
    *endpoint("moderation/term-lists", views.TermListList.as_view(), "term-list-list"),
    *endpoint(_LIST, views.TermsOfList.as_view(), "term-list-terms"),
    *endpoint(f"{_LIST}/<uuid:term_id>", views.TermDetail.as_view(), "term-detail"),
]
