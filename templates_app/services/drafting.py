"""Drafts that come from elsewhere than a video: version_import, version_join."""

from django.db import transaction

from templates_app.models import DanceTemplate, TemplateVersion
from templates_app.services.editing import version_draft
from templates_app.services.gates import makers_follow
from templates_app.services.takes import take_import, take_join
from tongyi_portal.accounts.models import User


def version_import(
    *,
    template: DanceTemplate,
    data: bytes,
    file_name: str,
    by: User,
    fps: float | None = None,
    width: int | None = None,
    height: int | None = None,
) -> TemplateVersion:
    """The movement of a pose file as the template's next draft. Raises what take_import raises."""
    take = take_import(
        template=template, data=data, file_name=file_name, by=by, fps=fps, width=width, height=height
    )
    return version_draft(template=template, take=take, by=by)


def version_join(
    *,
    template: DanceTemplate,
    first: TemplateVersion,
    second: TemplateVersion,
    blend_seconds: float,
    by: User,
) -> TemplateVersion:
    """One version's movement after another's as the template's next draft. Raises what take_join raises."""
    take = take_join(template=template, first=first, second=second, blend_seconds=blend_seconds, by=by)
    with transaction.atomic():
        version = version_draft(template=template, take=take, by=by)
        for source in (first, second):
            makers_follow(version, source)
    return version
