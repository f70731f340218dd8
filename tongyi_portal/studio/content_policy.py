"""The Content-Security-Policy of the studio: nothing inline, nothing from elsewhere but stored media."""

from functools import cache
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponseBase
from django.views import View

from tongyi_portal.common import storage


@cache
def _media_hosts() -> tuple[str, ...]:
    """Where signed addresses of media lead to, if not to this site."""
    addresses = [storage.presigned_url(alias, "probe") for alias in (storage.OUTPUTS, storage.PREVIEWS)]
    parts = [urlsplit(address) for address in addresses if address]
    return tuple(sorted({f"{part.scheme}://{part.netloc}" for part in parts}))


def content_policy() -> str:
    """The header's value."""
    media = " ".join(("'self'", "blob:", "data:", *_media_hosts()))
    connect = " ".join(("'self'", *_media_hosts()))
    rules = {
        "default-src": "'self'",
        "img-src": media,
        "media-src": media,
        "connect-src": connect,
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


class ContentPolicyMixin(View):
    """Sets the policy on every answer of a view."""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Content-Security-Policy"] = content_policy()
        response.headers["Referrer-Policy"] = "same-origin"
        return response
