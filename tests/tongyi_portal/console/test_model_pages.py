"""Every list of the console opens for whom it is meant, and for nobody else."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from tongyi_portal.accounts.models import ApiToken, User
from tongyi_portal.accounts.services import token_digest
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
MODELS = sorted(
    (model._meta.app_label, model._meta.model_name or "")
    for model in admin.site._registry
    if model._meta.app_label in {"moderation", "generation", "templates_app", "accounts", "auth", "webhooks"}
)


def client_of(*role_names: str, is_superuser: bool = False) -> Client:
    user = User.objects.create_user("someone", is_staff=True, is_superuser=is_superuser)
    user.groups.set(Group.objects.filter(name__in=role_names))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_console_knows_all_the_things_it_should() -> None:
    assert {
        ("generation", "job"),
        ("generation", "upload"),
        ("generation", "artifact"),
        ("moderation", "reviewitem"),
        ("moderation", "policy"),
        ("templates_app", "dancetemplate"),
        ("accounts", "user"),
        ("accounts", "apitoken"),
    } <= set(MODELS)


@pytest.mark.parametrize(("app_label", "model"), MODELS)
def test_every_list_opens_for_a_superuser(app_label: str, model: str) -> None:
    page = client_of(is_superuser=True).get(reverse(f"admin:{app_label}_{model}_changelist"), follow=True)
    assert page.status_code == 200


@pytest.mark.parametrize(("app_label", "model"), MODELS)
@pytest.mark.parametrize("role", sorted(roles.STAFF_ROLES))
def test_a_list_opens_only_for_roles_that_may_view_it(role: str, app_label: str, model: str) -> None:
    reading = {f"{app_label}.{verb}_{model}" for verb in ("view", "change")}
    may = bool(reading & roles.ROLES[role])
    page = client_of(role).get(reverse(f"admin:{app_label}_{model}_changelist"), follow=True)
    assert page.status_code == (200 if may else 403)


def test_an_issued_token_is_shown_once_and_works() -> None:
    client = client_of(is_superuser=True)
    owner = User.objects.create_user("shop")
    owner.groups.add(Group.objects.get(name=roles.APP))
    page = client.post(
        reverse("admin:accounts_apitoken_add"),
        {"owner": owner.pk, "name": "till", "scopes": ["jobs:read"], "expires_at_0": "", "expires_at_1": ""},
        follow=True,
    )
    token = ApiToken.objects.get(name="till")
    shown = [str(message) for message in page.context["messages"] if "not shown again" in str(message)]
    assert len(shown) == 1
    assert token.digest == token_digest(shown[0].split()[-1])
    again = client.get(reverse("admin:accounts_apitoken_changelist"))
    assert shown[0].split()[-1] not in again.content.decode()


def issue(client: Client, **given: str) -> str:
    fields = {"name": "tool", "scopes": ["jobs:read"], "expires_at_0": "", "expires_at_1": "", **given}
    return client.post(reverse("admin:accounts_apitoken_add"), fields, follow=True).text


def test_an_operator_gets_no_token_that_acts_as_an_administrator() -> None:
    boss = User.objects.create_user("admin", is_staff=True, is_superuser=True)
    page = issue(client_of(roles.OPERATOR), owner=str(boss.pk))
    assert "Tokens for somebody else are issued only to accounts of apps; staff issue their own." in page
    assert not ApiToken.objects.exists()


def test_a_moderator_with_the_api_role_sees_makes_and_revokes_own_tokens_only() -> None:
    client = client_of(roles.MODERATOR, roles.APP)
    other, me = User.objects.create_user("shop"), User.objects.get(username="someone")
    foreign = ApiToken.objects.create(owner=other, name="foreign", digest="1", scopes=["jobs:read"])
    assert "not shown again" in issue(client, owner=str(other.pk))
    mine = ApiToken.objects.get(name="tool")
    assert mine.owner == me
    page = client.get(reverse("admin:accounts_apitoken_changelist")).text
    assert "tool" in page
    assert "foreign" not in page
    assert "shop" not in page
    assert client.get(reverse("admin:accounts_apitoken_change", args=[foreign.pk])).status_code == 302
    chosen = {"action": "revoke", "_selected_action": [str(mine.pk), str(foreign.pk)]}
    client.post(reverse("admin:accounts_apitoken_changelist"), chosen)
    mine.refresh_from_db()
    foreign.refresh_from_db()
    assert (mine.is_active, foreign.is_active) == (False, True)


def test_roles_and_evidence_cannot_be_written_in_the_console() -> None:
    client = client_of(is_superuser=True)
    group = Group.objects.get(name=roles.CURATOR)
    for path in ("admin:generation_job_add", "admin:moderation_decision_add", "admin:auth_group_add"):
        assert client.get(reverse(path)).status_code == 403
    assert client.post(reverse("admin:auth_group_change", args=[group.pk]), {"name": "x"}).status_code == 403


@pytest.mark.parametrize("moment", ["0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
@pytest.mark.parametrize("model", ["moderation_decision", "moderation_auditentry", "moderation_strike"])
def test_a_moment_at_the_edge_of_the_calendar_leads_back_to_the_list(model: str, moment: str) -> None:
    client = client_of(is_superuser=True)
    address = reverse(f"admin:{model}_changelist")
    answer = client.get(address, {"created_at__gte": moment}, follow=True)
    assert answer.status_code == 200
    assert answer.request["PATH_INFO"] == address
