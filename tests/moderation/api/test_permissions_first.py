"""Whoever may not act is told so first: not what is wrong with the body, nor whether the thing exists."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.urls import URLPattern, get_resolver
from rest_framework.test import APIRequestFactory, force_authenticate

from tests.factories.accounts import UserFactory
from tongyi_portal.accounts.models import User

pytestmark = pytest.mark.django_db
# What apps and owners do for themselves, and a look-up that takes its text in a body.
FOR_ANYBODY = {
    ("CheckCreate", "post"),
    ("TextList", "post"),
    ("TextDetail", "delete"),
    ("AppealList", "post"),
    ("ConsentList", "post"),
    ("ConsentWithdraw", "post"),
    ("ErasureList", "post"),
    ("TermTry", "post"),
}


def patterns_of(part: Any) -> Iterator[URLPattern]:
    for one in part.url_patterns:
        if isinstance(one, URLPattern):
            yield one
        else:
            yield from patterns_of(one)


def acts() -> dict[str, tuple[Any, str, dict[str, Any]]]:
    """Every method of moderation's API that changes something: its view, and arguments that name nothing."""
    found = {}
    for pattern in patterns_of(get_resolver()):
        view = getattr(pattern.callback, "view_class", None)
        if view is None or not view.__module__.startswith("moderation.api"):
            continue
        kinds = pattern.pattern.converters.items()
        names = {name: uuid.uuid4() if "UUID" in type(kind).__name__ else 1 for name, kind in kinds}
        for method in {"post", "put", "patch", "delete"} & set(dir(view)):
            found[f"{view.__name__}.{method}"] = (pattern.callback, method, names)
    return found


ACTS = acts()


def person_without(permission: str) -> User:
    """Somebody who may do everything else."""
    user = UserFactory()
    user.user_permissions.set(Permission.objects.exclude(codename=permission.partition(".")[2]))
    return User.objects.get(pk=user.pk)


def test_every_act_of_staff_names_the_permission_that_it_needs() -> None:
    without = {
        (view.view_class.__name__, method)
        for view, method, _names in ACTS.values()
        if not hasattr(view.view_class, "acting")
    }
    assert len(ACTS) > 50
    assert without == FOR_ANYBODY


@pytest.mark.parametrize(
    "name", sorted(name for name, one in ACTS.items() if hasattr(one[0].view_class, "acting"))
)
def test_the_permission_comes_before_the_body(name: str) -> None:
    view, method, names = ACTS[name]
    request = getattr(APIRequestFactory(), method)("/", {"nonsense": ["\0"]}, format="json")
    force_authenticate(request, person_without(view.view_class.acting))
    answer = view(request, **names)
    assert (answer.status_code, answer.data["code"]) == (403, "permission_refused")
