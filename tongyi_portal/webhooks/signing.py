"""Secrets and signatures after Standard Webhooks 1.0; secrets lie encrypted in the database."""

import base64
import json
import secrets
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes
from standardwebhooks.webhooks import Webhook

from tongyi_portal.webhooks.models import Endpoint, Event

SECRET_BYTES = 32


class SecretUnreadable(Exception):
    """The secret was sealed under a key that is no longer known."""


def secret_new() -> str:
    """A fresh secret: "whsec_" and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def secret_seal(secret: str) -> str:
    return _box().encrypt(secret.encode()).decode()


def secret_open(sealed: str) -> str:
    """Raises SecretUnreadable."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable from error


def message_body(event: Event) -> bytes:
    """What is sent: type, timestamp and data; the same bytes at every attempt."""
    message = {"type": event.type, "timestamp": event.created_at.isoformat(), "data": event.data}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def signed_headers(endpoint: Endpoint, event: Event, body: bytes, moment: datetime) -> dict[str, str]:
    """The three headers; during a rotation the old secret signs as well. Raises SecretUnreadable."""
    sealed = [endpoint.sealed_secret]
    if endpoint.is_rotating:
        sealed.append(endpoint.sealed_previous_secret)
    signatures = [Webhook(secret_open(one)).sign(event.message_id, moment, body.decode()) for one in sealed]
    return {
        "webhook-id": event.message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _box() -> MultiFernet:
    """SECRET_KEY seals; SECRET_KEY_FALLBACKS still open."""
    return MultiFernet([_fernet(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _fernet(key: str | bytes) -> Fernet:
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=b"tongyi_portal.webhooks.secrets").derive(
        force_bytes(key)
    )
    return Fernet(base64.urlsafe_b64encode(derived))
