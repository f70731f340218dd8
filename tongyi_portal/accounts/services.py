"""What can happen to accounts: tokens, guests, sessions, roles."""

import hashlib
import logging
import secrets
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongyi_portal.accounts.models import ApiToken, Scope, User
from tongyi_portal.common import roles
from tongyi_portal.common.acts import act_tell
from tongyi_portal.common.errors import AppError, PermissionRefused

logger = logging.getLogger(__name__)
PURGED_AT_ONCE = 1000
SECRET_PREFIX = "tp_"  # noqa: S105
TOKEN_ADD, TOKEN_CHANGE = "accounts.add_apitoken", "accounts.change_apitoken"
TOKEN_ISSUED, TOKEN_REVOKED = "account.token.issued", "account.token.revoked"


class TokenInvalid(AppError):
    code = "token_invalid"
    default_message = _("The token cannot be issued like this.")


class TokenOwnerRefused(PermissionRefused):
    """A token acts as its owner, so nobody gets one that could do more than an app's account."""

    code = "token_owner_refused"
    default_message = _(
        "Tokens for somebody else are issued only to accounts of apps; staff issue their own."
    )


def token_digest(secret: str) -> str:
    """What is stored of a secret: its SHA-256. The secret has 256 random bits, so it needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def token_issue(
    *, owner: User, name: str, scopes: Collection[str], by: User, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a token for `owner`; returns it with its secret, which nobody can read again later.

    For oneself with API_USE, or as an operator; an operator also for accounts of apps. Raises
    PermissionRefused, TokenOwnerRefused, TokenInvalid.
    """
    refuse_token_for(owner=owner, by=by)
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        raise TokenInvalid(details={"unknown_scopes": unknown, "scopes": sorted(Scope.values)})
    if expires_at is not None and expires_at <= timezone.now():
        raise TokenInvalid(_("The expiry lies in the past."))
    secret = SECRET_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        owner=owner,
        name=name,
        prefix=secret[:9],
        digest=token_digest(secret),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    act_tell(action=TOKEN_ISSUED, subject=token, actor=by, data=_token_facts(token))
    return token, secret


def refuse_token_for(*, owner: User, by: User) -> None:
    """Raise PermissionRefused or TokenOwnerRefused unless `by` may issue a token that acts as `owner`."""
    if by.pk == owner.pk and by.has_perm(roles.API_USE):
        return
    roles.require(by, TOKEN_ADD)
    if by.pk != owner.pk and (owner.is_staff or owner.get_all_permissions() - roles.ROLES[roles.APP]):
        raise TokenOwnerRefused
    if not owner.is_active:
        raise TokenOwnerRefused(_("This account is closed, so no token can act for it."))


@transaction.atomic
def token_revoke(*, token: ApiToken, by: User) -> ApiToken:
    """Make a token useless from now on; revoking twice changes nothing. Raises PermissionRefused."""
    if by.pk != token.owner_id and not by.has_perm(TOKEN_CHANGE):
        raise PermissionRefused(details={"permission": TOKEN_CHANGE})
    standing = ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True)
    is_ended = standing.update(revoked_at=timezone.now())
    token.refresh_from_db()
    if is_ended:
        act_tell(action=TOKEN_REVOKED, subject=token, actor=by, data=_token_facts(token))
    return token


def _token_facts(token: ApiToken) -> dict[str, Any]:
    return {
        "owner": str(token.owner_id),
        "scopes": list(token.scopes),
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
    }


@transaction.atomic
def account_close(*, user: User) -> dict[str, int]:
    """Nobody can act as this account from now on: it is switched off, its tokens and sessions end.

    Safe to call twice; tells how many of each there were.
    """
    User.objects.filter(pk=user.pk, is_active=True).update(is_active=False)
    tokens = ApiToken.objects.filter(owner=user, revoked_at__isnull=True).update(revoked_at=timezone.now())
    return {"tokens": tokens, "sessions": _sessions_end(user)}


@transaction.atomic
def account_pseudonymise(*, user: User) -> User:
    """Take from an account everything that names somebody; what it did stays, under a name of no meaning."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    for model in (AccessAttempt, AccessLog, AccessFailureLog):
        model.objects.filter(username=user.username).delete()
    user.username, user.email, user.first_name, user.last_name = f"erased-{user.pk.hex[:20]}", "", "", ""
    user.is_active = False
    user.set_unusable_password()
    user.save()
    ApiToken.objects.filter(owner=user).update(name="", scopes=[])
    return user


def _sessions_end(user: User) -> int:
    """Sessions name their account only inside, so all that have not run out are read."""
    ended = 0
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator(chunk_size=1000):
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
            ended += 1
    return ended


def guest_create() -> User:
    """An account without a password for one visitor of the studio."""
    guest = User(username=f"guest-{uuid.uuid4().hex[:20]}", is_guest=True)
    guest.set_unusable_password()
    guest.save()
    return guest


@transaction.atomic
def guests_purge() -> int:
    """Remove guests of whom no row is left that outlives its account; returns how many.

    They are older than GUEST_KEEP_DAYS, and so is their last session. At most PURGED_AT_ONCE a call.
    """
    before = timezone.now() - timedelta(days=settings.GUEST_KEEP_DAYS)
    guests = User.objects.filter(is_guest=True, date_joined__lt=before)
    guests = guests.filter(models.Q(last_login__isnull=True) | models.Q(last_login__lt=before))
    for relation in User._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is not models.CASCADE:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: models.OuterRef("pk")})
            guests = guests.exclude(models.Exists(rows))
    gone = list(guests.values_list("pk", flat=True)[:PURGED_AT_ONCE])
    User.objects.filter(pk__in=gone).delete()
    return len(gone)


def sessions_purge() -> None:
    """Remove sessions that ran out."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@transaction.atomic
def roles_sync() -> list[str]:
    """Make the groups equal to roles.ROLES; returns the permissions that no model declares."""
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    missing: set[str] = set()
    for role, wanted in roles.ROLES.items():
        group, _created = Group.objects.get_or_create(name=role)
        group.permissions.set(known[name] for name in wanted if name in known)
        missing |= wanted - set(known)
    if missing:
        logger.warning("permissions that no model declares", extra={"permissions": sorted(missing)})
    return sorted(missing)
