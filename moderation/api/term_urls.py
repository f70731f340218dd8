"""URLs of word lists, below /api/v1/moderation/."""

from moderation.api import term_file_views as files
from moderation.api import term_views as views
from tongyi_portal.common.routes import endpoint

_LIST = "moderation/term-lists/<uuid:list_id>"

urlpatterns = [
    *endpoint("moderation/term-lists", views.TermListList.as_view(), "term-list-list"),
    *endpoint("moderation/term-lists/try", files.TermTry.as_view(), "term-list-try"),
    *endpoint(_LIST, views.TermListDetail.as_view(), "term-list-detail"),
    *endpoint(f"{_LIST}/import", files.TermImport.as_view(), "term-list-import"),
    *endpoint(f"{_LIST}/export", files.TermExport.as_view(), "term-list-export"),
    *endpoint(f"{_LIST}/terms", views.TermsOfList.as_view(), "term-list-terms"),
    *endpoint(f"{_LIST}/terms/<uuid:term_id>", views.TermDetail.as_view(), "term-detail"),
]
