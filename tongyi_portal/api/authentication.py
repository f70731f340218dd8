"""Token and session authentication."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tongyi_portal.accounts.models import ApiToken, User
from tongyi_portal.accounts.services import token_digest

LAST_USED_STEP = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <secret>`; request.auth is the ApiToken."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2:
            raise AuthenticationFailed(_("The Authorization header is malformed."), code="token_malformed")
        digest = token_digest(parts[1].decode("latin-1"))
        token = ApiToken.objects.select_related("owner").filter(digest=digest).first()
        if token is None or token.revoked_at is not None or not token.owner.is_active:
            raise AuthenticationFailed(_("The token is not valid."), code="token_unknown")
        now = timezone.now()
        if not token.is_active:
            raise AuthenticationFailed(_("The token has expired."), code="token_expired")
        if token.last_used_at is None or token.last_used_at < now - LAST_USED_STEP:
            stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - LAST_USED_STEP)
            ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class StudioSessionAuthentication(SessionAuthentication):
    """The studio's and the console's session cookie; unsafe methods need the CSRF token."""
