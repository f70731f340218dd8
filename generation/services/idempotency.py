"""What can happen to idempotency keys besides being used: idempotency_keys_purge."""

from datetime import timedelta

from django.utils import timezone

from generation.models import IdempotencyKey

KEPT_FOR = timedelta(hours=24)  # as docs/api/README.md promises


def idempotency_keys_purge() -> int:
    """Forget keys that no app may still count on; returns how many. The jobs stay."""
    _rows, by_model = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    return by_model.get(IdempotencyKey._meta.label, 0)
