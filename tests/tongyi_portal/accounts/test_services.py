"""Tokens, guests and roles."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from moderation.models import AuditEntry
from tests.factories.accounts import UserFactory, token_for, user_with
from tongyi_portal.accounts.models import ApiToken, Scope, User
from tongyi_portal.accounts.services import (
    TokenInvalid,
    TokenOwnerRefused,
    guest_create,
    roles_sync,
    token_digest,
    token_issue,
    token_revoke,
)
from tongyi_portal.common import roles
from tongyi_portal.common.errors import PermissionRefused

pytestmark = pytest.mark.django_db


def _account(role: str = "", **fields: Any) -> User:
    return user_with(*([role] if role else []), **fields)


class TestTokens:
    def test_only_the_digest_of_the_secret_is_stored(self) -> None:
        token, secret = token_for(user_with(roles.APP))
        stored = ApiToken.objects.values().get(pk=token.pk)
        assert stored["digest"] == token_digest(secret)
        assert secret not in {str(value) for value in stored.values()}
        assert secret.startswith(token.prefix)
        assert len(secret) > 40

    def test_an_app_issues_its_own_and_an_operator_those_of_apps(self) -> None:
        app, operator = user_with(roles.APP), user_with(roles.OPERATOR)
        token, _secret = token_issue(owner=app, name="phone", scopes=[Scope.JOBS_READ], by=operator)
        assert (token.owner, token.scopes, token.is_active) == (app, ["jobs:read"], True)

    @pytest.mark.parametrize("role", [roles.CURATOR, roles.MODERATOR, roles.APP])
    def test_others_issue_none_for_somebody_else(self, role: str) -> None:
        with pytest.raises(PermissionRefused):
            token_issue(owner=UserFactory(), name="x", scopes=[Scope.JOBS_READ], by=user_with(role))

    @pytest.mark.parametrize("issuer", [{"role": roles.OPERATOR}, {"is_superuser": True}])
    @pytest.mark.parametrize(
        "owner",
        [
            {"is_superuser": True},
            {"is_superuser": True, "is_staff": True},
            {"is_staff": True},
            {"role": roles.MODERATOR},
            {"role": roles.CURATOR, "is_staff": True},
            {"role": roles.APP, "is_active": False},
            {"is_superuser": True, "is_active": False},
        ],
    )
    def test_nobody_issues_one_that_acts_as_staff_or_a_closed_account(
        self, owner: dict[str, Any], issuer: dict[str, Any]
    ) -> None:
        with pytest.raises(TokenOwnerRefused):
            token_issue(
                owner=_account(**owner), name="x", scopes=[Scope.MODERATION_REVIEW], by=_account(**issuer)
            )
        assert not ApiToken.objects.exists()

    @pytest.mark.parametrize("role", [roles.OPERATOR, roles.APP])
    def test_staff_issue_their_own(self, role: str) -> None:
        person = user_with(role, is_staff=True)
        token, _secret = token_issue(owner=person, name="tool", scopes=[Scope.JOBS_READ], by=person)
        assert token.owner == person

    def test_the_audit_chain_names_issuer_owner_and_scopes(self) -> None:
        app, operator = user_with(roles.APP), user_with(roles.OPERATOR)
        token, _secret = token_issue(owner=app, name="phone", scopes=[Scope.JOBS_READ], by=operator)
        token_revoke(token=token, by=app)
        token_revoke(token=token, by=operator)
        told = list(AuditEntry.objects.filter(subject_id=str(token.pk)).order_by("sequence"))
        facts = {"owner": str(app.pk), "scopes": ["jobs:read"], "expires_at": None}
        assert [(entry.action, entry.actor_id, entry.data) for entry in told] == [
            ("account.token.issued", operator.pk, facts),
            ("account.token.revoked", app.pk, facts),
        ]

    @pytest.mark.parametrize("scopes", [[], ["jobs:read", "everything"]])
    def test_unknown_or_no_scopes_are_refused(self, scopes: list[str]) -> None:
        app = user_with(roles.APP)
        with pytest.raises(TokenInvalid):
            token_issue(owner=app, name="x", scopes=scopes, by=app)

    def test_an_expiry_in_the_past_is_refused(self) -> None:
        with pytest.raises(TokenInvalid):
            token_for(user_with(roles.APP), expires_at=timezone.now() - timedelta(seconds=1))

    def test_revoking_is_for_good_and_keeps_its_time(self) -> None:
        app = user_with(roles.APP)
        token, _secret = token_for(app)
        first = token_revoke(token=token, by=app).revoked_at
        assert token_revoke(token=token, by=app).revoked_at == first
        assert not token.is_active

    def test_a_stranger_cannot_revoke(self) -> None:
        token, _secret = token_for(user_with(roles.APP))
        with pytest.raises(PermissionRefused):
            token_revoke(token=token, by=user_with(roles.APP))
        assert token_revoke(token=token, by=user_with(roles.OPERATOR)).revoked_at


def test_a_guest_has_no_password_and_no_permissions() -> None:
    guest = guest_create()
    assert (guest.is_guest, guest.is_staff, guest.has_usable_password()) == (True, False, False)
    assert guest.get_all_permissions() == set()


class TestRoles:
    def test_every_permission_of_the_table_exists(self) -> None:
        assert roles_sync() == []

    def test_the_groups_follow_the_table_after_every_migration(self) -> None:
        for role, wanted in roles.ROLES.items():
            assert user_with(role).get_all_permissions() == wanted

    def test_what_was_added_by_hand_is_taken_back(self) -> None:
        group, operator = Group.objects.get(name=roles.APP), Group.objects.get(name=roles.OPERATOR)
        group.permissions.set(operator.permissions.all())
        roles_sync()
        assert user_with(roles.APP).get_all_permissions() == roles.ROLES[roles.APP]
