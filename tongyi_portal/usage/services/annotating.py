"""annotation_create, annotation_delete: notes by hand beside the numbers."""

from datetime import datetime

from django.db import transaction

from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.usage.models import Annotation


@transaction.atomic
def annotation_create(*, by: User, at: datetime, text: str, kind: str) -> Annotation:
    """Note what happened at a moment, which may also lie ahead. Raises PermissionRefused."""
    roles.require(by, roles.USAGE_ANNOTATE)
    return Annotation.objects.create(by=by, at=at, text=text, kind=kind)


@transaction.atomic
def annotation_delete(*, annotation: Annotation, by: User) -> None:
    """Take a note away, also somebody else's. Raises PermissionRefused."""
    roles.require(by, roles.USAGE_ANNOTATE)
    annotation.delete()
