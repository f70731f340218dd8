"""Guests, who cost nothing to make, and sessions do not pile up."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from tests.factories.accounts import UserFactory
from tests.factories.generation import JobFactory, UploadFactory
from tongyi_portal.accounts.models import User
from tongyi_portal.accounts.services import guest_create, guests_purge, sessions_purge

pytestmark = pytest.mark.django_db


def guest_of_age(days: int) -> User:
    guest = guest_create()
    User.objects.filter(pk=guest.pk).update(date_joined=timezone.now() - timedelta(days=days))
    return guest


def test_old_guests_who_left_nothing_are_removed(settings: Any) -> None:
    settings.GUEST_KEEP_DAYS = 30
    gone, young = guest_of_age(31), guest_of_age(29)
    uploader, dancer = guest_of_age(31), guest_of_age(31)
    UploadFactory(owner=uploader)
    JobFactory(owner=dancer, photo=False)
    member = UserFactory(date_joined=timezone.now() - timedelta(days=99))
    assert [guests_purge(), guests_purge()] == [1, 0]
    left = set(User.objects.values_list("pk", flat=True))
    assert gone.pk not in left
    assert {young.pk, uploader.pk, dancer.pk, member.pk} <= left


def test_a_guest_who_came_back_is_kept(settings: Any) -> None:
    settings.GUEST_KEEP_DAYS = 30
    guest = guest_of_age(31)
    User.objects.filter(pk=guest.pk).update(last_login=timezone.now() - timedelta(days=2))
    assert guests_purge() == 0


def test_sessions_that_ran_out_are_removed() -> None:
    for _ in range(2):
        Client().force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    old = Session.objects.first()
    assert old is not None
    Session.objects.filter(pk=old.pk).update(expire_date=timezone.now() - timedelta(days=1))
    sessions_purge()
    assert Session.objects.count() == 1
