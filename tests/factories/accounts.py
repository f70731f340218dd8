"""Accounts and tokens."""

from typing import Any

import factory
from django.contrib.auth.models import Group
from rest_framework.test import APIClient

from tongyi_portal.accounts.models import ApiToken, Scope, User
from tongyi_portal.accounts.services import token_issue
from tongyi_portal.common import roles


class UserFactory(factory.django.DjangoModelFactory):
    """An account without any role."""

    class Meta:
        model = User

    username = factory.Sequence("user-{}".format)


def user_with(*role_names: str, **fields: Any) -> User:
    """An account in these roles, its permissions fresh."""
    user: User = UserFactory(**fields)
    user.groups.set(Group.objects.filter(name__in=role_names))
    return User.objects.get(pk=user.pk)


def token_for(user: User, scopes: list[str] | None = None, **fields: Any) -> tuple[ApiToken, str]:
    """A token of an app with all scopes, and its secret."""
    return token_issue(owner=user, name="test", scopes=scopes or list(Scope.values), by=user, **fields)


def client_of(user: User, scopes: list[str] | None = None) -> APIClient:
    """An API client that carries a fresh token of `user`, who needs the app role."""
    client = APIClient()
    _token, secret = token_for(user, scopes)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def app_client(scopes: list[str] | None = None) -> tuple[APIClient, User]:
    """A client with a token, and the app's account behind it."""
    user = user_with(roles.APP)
    return client_of(user, scopes), user
