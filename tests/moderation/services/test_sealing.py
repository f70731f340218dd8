"""Sealed texts: read by the service alone, and by nobody once the key is gone."""

import uuid
from typing import Any

import pytest
from django.test import override_settings

from moderation.models.sealing import DataKey, SealedText
from moderation.services.sealing import text_discard, text_seal, text_unseal, texts_shred
from moderation.text_errors import SealingUnavailable
from tests.factories.accounts import user_with

pytestmark = pytest.mark.django_db
WORDS = "我的秘密 — my secret 😀"


@pytest.fixture
def owner(db: None) -> Any:
    return user_with(username="owner")


def test_a_sealed_text_is_read_again_and_stored_unreadable(owner: Any) -> None:
    sealed = text_seal(owner_id=owner.pk, text=WORDS)
    assert text_unseal(sealed) == WORDS
    row = SealedText.objects.get(pk=sealed)
    assert "secret" not in row.sealed
    assert text_seal(owner_id=owner.pk, text=WORDS) != sealed
    assert DataKey.objects.count() == 1


def test_shredding_one_account_erases_its_texts_and_nobody_elses(owner: Any) -> None:
    other = user_with(username="other")
    mine, theirs = (text_seal(owner_id=one.pk, text=WORDS) for one in (owner, other))
    kept_in_a_backup = SealedText.objects.get(pk=mine)
    assert texts_shred(owner_id=owner.pk)
    assert not texts_shred(owner_id=owner.pk)
    assert (text_unseal(mine), text_unseal(theirs)) == (None, WORDS)
    kept_in_a_backup.save(force_insert=True)  # the row comes back, the key does not
    assert text_unseal(mine) is None
    after = text_seal(owner_id=owner.pk, text="new")
    assert (text_unseal(mine), text_unseal(after)) == (None, "new")


def test_an_account_that_is_deleted_takes_its_key_along(owner: Any) -> None:
    sealed = text_seal(owner_id=owner.pk, text=WORDS)
    owner.delete()
    assert text_unseal(sealed) is None


def test_a_discarded_text_is_gone(owner: Any) -> None:
    sealed = text_seal(owner_id=owner.pk, text=WORDS)
    text_discard(sealed)
    text_discard(sealed)
    assert text_unseal(sealed) is None
    assert text_unseal(uuid.uuid4()) is None


def test_the_secret_can_be_changed_while_the_old_one_is_still_named(owner: Any) -> None:
    with override_settings(DATA_KEY_SECRETS=["old"]):
        sealed = text_seal(owner_id=owner.pk, text=WORDS)
    with override_settings(DATA_KEY_SECRETS=["new", "old"]):
        assert text_unseal(sealed) == WORDS
    with override_settings(DATA_KEY_SECRETS=["new"]):
        assert text_unseal(sealed) is None


def test_without_a_secret_of_its_own_the_sites_secret_counts(owner: Any) -> None:
    with override_settings(DATA_KEY_SECRETS=[], SECRET_KEY="first"):
        sealed = text_seal(owner_id=owner.pk, text=WORDS)
        assert text_unseal(sealed) == WORDS
    with override_settings(DATA_KEY_SECRETS=[], SECRET_KEY="second"):
        assert text_unseal(sealed) is None


def test_a_secret_that_was_set_later_or_replaced_leaves_earlier_texts_readable(owner: Any) -> None:
    with override_settings(DATA_KEY_SECRETS=[], SECRET_KEY="first"):
        sealed = text_seal(owner_id=owner.pk, text=WORDS)
    with override_settings(DATA_KEY_SECRETS=["own"], SECRET_KEY="first"):
        assert text_unseal(sealed) == WORDS
    with override_settings(DATA_KEY_SECRETS=[], SECRET_KEY="second", SECRET_KEY_FALLBACKS=["first"]):
        assert text_unseal(sealed) == WORDS


def test_a_lost_secret_is_told_and_nothing_is_stored(owner: Any) -> None:
    with override_settings(DATA_KEY_SECRETS=["old"]):
        text_seal(owner_id=owner.pk, text=WORDS)
    with override_settings(DATA_KEY_SECRETS=["new"]), pytest.raises(SealingUnavailable):
        text_seal(owner_id=owner.pk, text=WORDS)
    assert SealedText.objects.count() == 1
