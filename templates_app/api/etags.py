"""catalogue_etag: what an answer of the catalogue hangs on, in a few bytes."""

from django.utils.translation import get_language
from rest_framework.request import Request

from templates_app.services.revision import catalogue_state
from tongyi_portal.common.etags import weak_etag


def catalogue_etag(request: Request) -> str:
    """Weak: the same content, not the same bytes. One query.

    It names the catalogue's state, the whole address, the language, and the account, since covers that are
    tried out differ from one to the next. Read it before the content.
    """
    return weak_etag(catalogue_state(), request.build_absolute_uri(), get_language(), str(request.user.pk))
