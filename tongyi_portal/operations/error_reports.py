"""Reports of unforeseen errors to Sentry, or what speaks its protocol, where SENTRY_DSN names one.

A report holds the error, where in the code it arose, and the address of the request without its query;
nothing that tells who asked, what was sent, or what the variables held.
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_OF_REQUEST = ("method", "url")
_KEPT_EXTRA = frozenset({"job_id", "row_id", "task", "view", "part", "upload_id", "artifact_id", "attempt"})


def install() -> None:
    """Report to SENTRY_DSN; does nothing without one. Raises ImproperlyConfigured without the extra."""
    if not settings.SENTRY_DSN:
        return
    try:
        import sentry_sdk
    except ImportError as fault:
        raise ImproperlyConfigured(
            "SENTRY_DSN needs one more package: pip install 'tongyi-portal[sentry]'."
        ) from fault
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.SENTRY_ENVIRONMENT,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=without_personal_data,
    )


def without_personal_data(event: Any, _hint: Any) -> Any:
    """The event as it may leave the house."""
    event.pop("user", None)
    if request := event.pop("request", None):
        event["request"] = {name: str(request[name]).split("?")[0] for name in _OF_REQUEST if name in request}
    extra = event.get("extra") or {}
    event["extra"] = {name: value for name, value in extra.items() if name in _KEPT_EXTRA}
    for error in (event.get("exception") or {}).get("values") or []:
        error["value"] = str(error.get("value") or "").split("\n", 1)[0]  # PostgreSQL shows the row below it
    return event
