"""text_seal, text_unseal, texts_shred: what people wrote, kept so that it can be made unreadable at once.

Each account has a key of its own; its texts are encrypted with it (Fernet: AES-128-CBC with HMAC-SHA-256).
Deleting the key erases all of them, also in backups of the texts. The keys themselves are encrypted with
DATA_KEY_SECRET.
"""

import base64
import logging
import uuid

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction

from moderation.models.sealing import DataKey, SealedText
from moderation.text_errors import SealingUnavailable

logger = logging.getLogger(__name__)


@transaction.atomic
def text_seal(*, owner_id: uuid.UUID, text: str) -> uuid.UUID:
    """Store a text that only `text_unseal` can read, until its owner's key is shredded; returns its id.

    Raises SealingUnavailable when the secret is no longer the one that the account's key was made under.
    """
    key, sealing = _key_of(owner_id)
    row = SealedText.objects.create(key_id=key.pk, sealed=sealing.encrypt(text.encode()).decode())
    return row.pk


def text_unseal(sealed_id: uuid.UUID) -> str | None:
    """The text; None when it or its key is gone, or when DATA_KEY_SECRET is no longer the one it had."""
    row = SealedText.objects.filter(pk=sealed_id).first()
    key = DataKey.objects.filter(pk=row.key_id).first() if row is not None else None
    if row is None or key is None:
        return None
    try:
        return _opened(key).decrypt(row.sealed.encode()).decode()
    except InvalidToken:
        logger.exception("sealed text cannot be read: is DATA_KEY_SECRET another one?")
        return None


@transaction.atomic
def text_discard(sealed_id: uuid.UUID) -> None:
    """Delete one sealed text. Safe to call twice."""
    SealedText.objects.filter(pk=sealed_id).delete()


@transaction.atomic
def texts_shred(*, owner_id: uuid.UUID) -> bool:
    """Delete an account's key and with it every text that it sealed; False when it had none."""
    key = DataKey.objects.select_for_update().filter(owner_id=owner_id).first()
    if key is None:
        return False
    SealedText.objects.filter(key_id=key.pk).delete()
    key.delete()
    return True


def _key_of(owner_id: uuid.UUID) -> tuple[DataKey, Fernet]:
    """The account's key, made when it has none. Raises SealingUnavailable."""
    fresh = _wrapping().encrypt(Fernet.generate_key()).decode()
    key, _is_new = DataKey.objects.get_or_create(owner_id=owner_id, defaults={"wrapped": fresh})
    try:
        return key, _opened(key)
    except InvalidToken as error:
        logger.exception("an account's key cannot be read: is DATA_KEY_SECRET another one?")
        raise SealingUnavailable from error


def _opened(key: DataKey) -> Fernet:
    return Fernet(_wrapping().decrypt(key.wrapped.encode()))


def _wrapping() -> MultiFernet:
    """Encrypts keys: the first secret writes, all of them read; those of SECRET_KEY too, which comes last."""
    secrets = [*settings.DATA_KEY_SECRETS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([_fernet(secret) for secret in secrets])


def _fernet(secret: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"tongyi_portal data key").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
