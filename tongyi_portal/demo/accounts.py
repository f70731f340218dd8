"""demo_people_ensure, demo_token_ensure: logins for all roles and one app, with own secrets."""

from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

from django.contrib.auth.models import Group
from django.db import transaction

from tongyi_portal.accounts.models import ApiToken, Scope, User
from tongyi_portal.accounts.services import roles_sync, token_digest, token_issue, token_revoke
from tongyi_portal.common import roles

LOGINS_FILE, TOKEN_FILE = "demo-logins.txt", "demo-token"
ADMIN, APP, CURATOR, MODERATOR = "admin", "demo-app", roles.CURATOR, roles.MODERATOR
PUBLISHER = "publisher"  # a second curator: whoever makes a version does not publish it
TOKEN_NAME = "demo"  # noqa: S105


@dataclass(frozen=True)
class DemoLogin:
    """A staff account of the demo. `role`: a name from roles.ROLES, or "superuser"."""

    username: str
    password: str
    role: str


def demo_people_ensure(*, folder: Path) -> list[DemoLogin]:
    """Accounts for every role, two curators, and a superuser; passwords are random, in `folder`, mode 600.

    An account keeps its password while the file still names it; without its line it gets a new one.
    """
    wanted = {role.replace(" ", "-"): role for role in roles.ROLES if role in roles.STAFF_ROLES}
    wanted[PUBLISHER] = roles.CURATOR
    wanted[ADMIN] = "superuser"
    kept = _read_logins(folder / LOGINS_FILE)
    with transaction.atomic():
        roles_sync()
        logins = [_person_ensure(name, role, kept.get(name)) for name, role in wanted.items()]
    _write_secret(
        folder / LOGINS_FILE, "".join(f"{one.username}\t{one.password}\t{one.role}\n" for one in logins)
    )
    return logins


def demo_token_ensure(*, folder: Path) -> str:
    """The secret of the demo app's API token, kept in `folder`, mode 600; renewed when it stopped working."""
    path = folder / TOKEN_FILE
    secret = path.read_text().strip() if path.exists() else ""
    known = ApiToken.objects.filter(digest=token_digest(secret), owner__username=APP).first()
    if known is not None and known.is_active:
        return secret
    with transaction.atomic():
        roles_sync()
        owner = _account(APP, is_staff=False)
        owner.groups.add(Group.objects.get(name=roles.APP))
        for old in owner.api_tokens.filter(name=TOKEN_NAME, revoked_at__isnull=True):
            token_revoke(token=old, by=owner)
        _token, secret = token_issue(owner=owner, name=TOKEN_NAME, scopes=Scope.values, by=owner)
    _write_secret(path, f"{secret}\n")
    return secret


def _person_ensure(username: str, role: str, password: str | None) -> DemoLogin:
    user = _account(username, is_staff=True, is_superuser=role == "superuser")
    if role in roles.ROLES:
        user.groups.set([Group.objects.get(name=role)])
    if password is None or not user.check_password(password):
        password = token_urlsafe(12)
        user.set_password(password)
        user.save(update_fields=["password"])
    return DemoLogin(username, password, role)


def _account(username: str, *, is_staff: bool, is_superuser: bool = False) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        user = User(username=username, is_staff=is_staff, is_superuser=is_superuser)
        user.set_unusable_password()
        user.save()
    return user


def _read_logins(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    return {line[0]: line[1] for line in lines if len(line) == 3}


def _write_secret(path: Path, text: str) -> None:
    """Write for this system user's eyes only, from the first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text)
