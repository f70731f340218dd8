"""catalogue_etag: what an answer of the catalogue hangs on, in a few bytes."""

import time
from hashlib import blake2b

from django.utils.translation import get_language
from rest_framework.request import Request

from templates_app.services.revision import catalogue_revision

LONGEST_SECONDS = 3600  # nothing is confirmed for longer, should a change ever go uncounted


def catalogue_etag(request: Request) -> str:
    """Weak: the same content, not the same bytes. One query.

    It names the revision, the hour, the whole address, the language, and the account, since covers that are
    tried out differ from one to the next. Read it before the content.
    """
    parts = (
        str(catalogue_revision()),
        str(int(time.time()) // LONGEST_SECONDS),
        request.build_absolute_uri(),
        get_language() or "",
        str(request.user.pk),
    )
    digest = blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()
    return f'W/"{digest}"'
