"""Keys of submissions are kept for a day."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation.models import IdempotencyKey, Job
from generation.services.idempotency import idempotency_keys_purge
from tests.factories.generation import JobFactory

pytestmark = pytest.mark.django_db


def key_of_age(hours: float) -> IdempotencyKey:
    job = JobFactory(photo=False)
    key = IdempotencyKey.objects.create(owner=job.owner, key="again", body_sha256="0" * 64, job=job)
    IdempotencyKey.objects.filter(pk=key.pk).update(created_at=timezone.now() - timedelta(hours=hours))
    return key


def test_a_key_is_forgotten_after_a_day_and_its_job_stays() -> None:
    young, _old = key_of_age(23), key_of_age(25)
    assert [idempotency_keys_purge(), idempotency_keys_purge()] == [1, 0]
    assert list(IdempotencyKey.objects.all()) == [young]
    assert Job.objects.count() == 2
