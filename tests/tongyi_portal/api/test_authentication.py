"""Tokens and sessions."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories.accounts import client_of, token_for, user_with
from tongyi_portal.accounts.models import ApiToken
from tongyi_portal.accounts.services import guest_create, token_revoke
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
PATH = "/api/v1/queue"


def ask(header: str | None) -> Any:
    return APIClient().get(PATH, headers={"Authorization": header} if header is not None else {})


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "not_authenticated"),
        ("", "not_authenticated"),
        ("Basic dXNlcjpwYXNz", "not_authenticated"),
        ("Bearer", "token_malformed"),
        ("Bearer two words", "token_malformed"),
        ("Bearer tp_unknown", "token_unknown"),
        ("Bearer \xe9\xe9", "token_unknown"),
    ],
)
def test_without_a_valid_token_there_is_no_entry(header: str | None, code: str) -> None:
    response = ask(header)
    assert (response.status_code, response.json()["code"]) == (401, code)
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_token_opens_the_api() -> None:
    _token, secret = token_for(user_with(roles.APP))
    assert ask(f"Bearer {secret}").status_code == 200
    assert ask(f"bearer {secret}").status_code == 200


def test_the_stored_digest_is_no_token() -> None:
    token, _secret = token_for(user_with(roles.APP))
    assert ask(f"Bearer {token.digest}").status_code == 401


def test_an_expired_token_says_so() -> None:
    token, secret = token_for(user_with(roles.APP))
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert ask(f"Bearer {secret}").json()["code"] == "token_expired"


def test_a_revoked_token_and_one_of_a_closed_account_are_unknown() -> None:
    owner = user_with(roles.APP)
    token, secret = token_for(owner)
    token_revoke(token=token, by=owner)
    assert ask(f"Bearer {secret}").json()["code"] == "token_unknown"
    _token, secret = token_for(owner)
    owner.is_active = False
    owner.save()
    assert ask(f"Bearer {secret}").json()["code"] == "token_unknown"


def test_the_last_use_is_noted_at_most_once_a_minute() -> None:
    token, secret = token_for(user_with(roles.APP))
    ask(f"Bearer {secret}")
    token.refresh_from_db()
    first = token.last_used_at
    ask(f"Bearer {secret}")
    token.refresh_from_db()
    assert first is not None
    assert token.last_used_at == first
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=first - timedelta(minutes=2))
    ask(f"Bearer {secret}")
    token.refresh_from_db()
    assert token.last_used_at is not None
    assert token.last_used_at >= first


class TestSessions:
    def test_a_signed_in_browser_may_read(self) -> None:
        browser = APIClient()
        browser.force_login(guest_create())
        assert browser.get(PATH).status_code == 200

    def test_writing_needs_the_csrf_token(self) -> None:
        browser = APIClient(enforce_csrf_checks=True)
        browser.force_login(guest_create())
        response = browser.post("/api/v1/jobs", {})
        assert (response.status_code, response.json()["code"]) == (403, "permission_refused")

    def test_a_token_needs_no_csrf_token(self) -> None:
        client = client_of(user_with(roles.APP))
        client.handler.enforce_csrf_checks = True
        assert client.post("/api/v1/jobs", {}).json()["code"] == "invalid_request"
