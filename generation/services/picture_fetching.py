"""picture_fetch: the bytes of a picture that somebody names by its address."""

import threading
from functools import cache

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from generation.errors import FetchesBusy, PictureAddressRefused, PictureNotFetched
from tongyi_portal.common.outbound import OutboundFailed, OutboundRefused, outbound_request
from tongyi_portal.common.slots import slot_held

MAX_REDIRECTS = 3
USUAL_PORTS = frozenset({80, 443, 8080, 8443})
_OK = 200


def picture_fetch(*, url: str) -> bytes:
    """What lies at a public address, up to UPLOAD_MAX_BYTES, within UPLOAD_FETCH_SECONDS.

    What it is, is for intake to find out: nothing that the other server says of it is believed. Raises
    PictureAddressRefused, PictureNotFetched, FetchesBusy.
    """
    with slot_held(_slots(), wait_seconds=0, busy=FetchesBusy):  # others need the threads, too
        try:
            answer = outbound_request(
                "GET",
                url,
                seconds=settings.UPLOAD_FETCH_SECONDS,
                max_bytes=settings.UPLOAD_MAX_BYTES,
                redirects=MAX_REDIRECTS,
                plain=True,
                ports=USUAL_PORTS,
            )
        except OutboundRefused as error:
            raise PictureAddressRefused(error.message, details={"field": "url", **error.details}) from error
        except OutboundFailed as error:
            raise PictureNotFetched(error.message, details={"field": "url", **error.details}) from error
    if answer.status != _OK:
        raise PictureNotFetched(
            _("There is no picture at this address."),
            details={"field": "url", "reason": "status", "status": answer.status},
        )
    return answer.body


@cache
def _slots() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(settings.UPLOAD_FETCHES_AT_ONCE)
