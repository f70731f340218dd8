"""URLs of hash banks, below /api/v1/moderation/."""

from moderation.api import bank_views as views
from tongyi_portal.common.routes import endpoint

_BANK = "moderation/hash-banks/<uuid:bank_id>/entries"

urlpatterns = [
    *endpoint("moderation/hash-banks", views.HashBankList.as_view(), "hash-bank-list"),
    *endpoint(_BANK, views.BankEntryList.as_view(), "bank-entry-list"),
    *endpoint(f"{_BANK}/<uuid:entry_id>/remove", views.BankEntryRemove.as_view(), "bank-entry-remove"),
]
