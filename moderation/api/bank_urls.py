"""URLs of hash banks, below /api/v1/moderation/."""

from moderation.api import bank_file_views as files
from moderation.api import bank_views as views
from tongyi_portal.common.routes import endpoint

_BANK = "moderation/hash-banks/<uuid:bank_id>"
_ENTRIES = f"{_BANK}/entries"

urlpatterns = [
    *endpoint("moderation/hash-banks", views.HashBankList.as_view(), "hash-bank-list"),
    *endpoint(_BANK, views.HashBankDetail.as_view(), "hash-bank-detail"),
    *endpoint(f"{_BANK}/import", files.BankImport.as_view(), "hash-bank-import"),
    *endpoint(f"{_BANK}/export", files.BankExport.as_view(), "hash-bank-export"),
    *endpoint(_ENTRIES, views.BankEntryList.as_view(), "bank-entry-list"),
    *endpoint(f"{_ENTRIES}/picture", files.BankAddPicture.as_view(), "bank-add-picture"),
    *endpoint(f"{_ENTRIES}/subject", files.BankAddSubject.as_view(), "bank-add-subject"),
    *endpoint(f"{_ENTRIES}/<uuid:entry_id>/remove", views.BankEntryRemove.as_view(), "bank-entry-remove"),
    *endpoint(
        "moderation/reviews/<uuid:item_id>/near-duplicates",
        files.NearDuplicates.as_view(),
        "review-near-duplicates",
    ),
]
