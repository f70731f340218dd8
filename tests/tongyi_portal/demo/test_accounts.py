"""Logins and the token of the demo."""

import stat
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from tongyi_portal.accounts.models import ApiToken, User
from tongyi_portal.accounts.services import token_digest, token_revoke
from tongyi_portal.common import roles
from tongyi_portal.demo.accounts import LOGINS_FILE, TOKEN_FILE, demo_people_ensure, demo_token_ensure

pytestmark = pytest.mark.django_db


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_there_is_a_login_for_every_staff_role_and_it_works(tmp_path: Path) -> None:
    logins = demo_people_ensure(folder=tmp_path)
    assert {login.role for login in logins} == {*roles.STAFF_ROLES, "superuser"}
    request = RequestFactory().post("/console/login/")
    for login in logins:
        user = authenticate(request, username=login.username, password=login.password)
        assert user is not None
        assert user.is_staff
        assert login.role == "superuser" or user.groups.get().name == login.role


def test_only_the_installation_s_own_user_may_read_the_secrets(tmp_path: Path) -> None:
    demo_people_ensure(folder=tmp_path)
    demo_token_ensure(folder=tmp_path)
    assert mode_of(tmp_path / LOGINS_FILE) == mode_of(tmp_path / TOKEN_FILE) == 0o600


def test_passwords_differ_and_stay(tmp_path: Path) -> None:
    first = demo_people_ensure(folder=tmp_path)
    assert len({login.password for login in first}) == len(first)
    assert demo_people_ensure(folder=tmp_path) == first


def test_a_lost_file_gives_new_passwords_to_the_same_accounts(tmp_path: Path) -> None:
    first = demo_people_ensure(folder=tmp_path)
    (tmp_path / LOGINS_FILE).unlink()
    second = demo_people_ensure(folder=tmp_path)
    assert User.objects.count() == len(first)
    assert not {login.password for login in first} & {login.password for login in second}


def test_the_token_stays_while_it_works(tmp_path: Path) -> None:
    secret = demo_token_ensure(folder=tmp_path)
    assert demo_token_ensure(folder=tmp_path) == secret
    token = ApiToken.objects.get()
    assert token.digest == token_digest(secret)
    assert [group.name for group in token.owner.groups.all()] == [roles.APP]
    assert not token.owner.has_usable_password()


def test_a_revoked_token_is_renewed(tmp_path: Path) -> None:
    secret = demo_token_ensure(folder=tmp_path)
    old = ApiToken.objects.get()
    token_revoke(token=old, by=old.owner)
    assert demo_token_ensure(folder=tmp_path) != secret
    assert [token.is_active for token in ApiToken.objects.order_by("created_at")] == [False, True]
