"""The console's page "New from video": choose a template, upload a clip, watch what becomes of it."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from templates_app.states import MotionState
from templates_app.version_pages.forms import SlugPicker
from tongyi_portal.common import roles

SENT_AT_ONCE = 4 * 1024 * 1024  # small enough that a slow line shows progress and loses little


def motion_urls() -> list[URLPattern]:
    """Mounted inside the console and behind its sign-in."""
    return [
        path("new/", admin.site.admin_view(new_page), name="motion_new"),
        path("new/templates/", admin.site.admin_view(templates_by_slug), name="motion_templates"),
    ]


def editor_address(version_id: object) -> str:
    """Where a version is edited."""
    return f"{reverse('admin:index')}templates/versions/{version_id}/editor"


class _SlugsView(AutocompleteJsonView):
    """What the console finds templates with, answering slugs: the API knows templates by them."""

    def process_request(self, request: HttpRequest) -> tuple[str, Any, Any, str]:
        term, model_admin, source_field, _key = super().process_request(request)
        return term, model_admin, source_field, "slug"


templates_by_slug = _SlugsView.as_view(admin_site=admin.site)


class MotionTemplateForm(forms.Form):
    template = SlugPicker("admin:motion_templates", required=False)

    def __init__(self, **options: Any) -> None:
        super().__init__(auto_id="motion-%s", **options)
        self.fields["template"].widget.attrs |= {
            "data-motion-template": "",
            "data-placeholder": _("Choose a template"),
        }


@require_safe
def new_page(request: HttpRequest) -> HttpResponse:
    """Everything on it is done by its script through the API; ?motion= goes on watching one."""
    if not request.user.has_perm(roles.TEMPLATE_EDIT):
        raise PermissionDenied
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("New from video"),
        "form": MotionTemplateForm(initial={"template": request.GET.get("template", "")}),
        "megabytes": settings.MOTION_MAX_BYTES // (1024 * 1024),
        "config": _config(),
    }
    return TemplateResponse(request, "templates_app/motion_new.html", context)


def _config() -> dict[str, Any]:
    """What the script needs to know, its texts in the reader's language."""
    return {
        "api": "/api/v1/motions",
        "jobs": "/api/v1/jobs",
        "editor": editor_address("VERSION"),
        "clip": f"{reverse('admin:templates_app_motionvideo_changelist')}MOTION/change/",
        "partBytes": min(settings.MOTION_PART_MAX_BYTES, SENT_AT_ONCE),
        "maxBytes": settings.MOTION_MAX_BYTES,
        "states": {state.value: str(state.label) for state in MotionState},
        "texts": {
            "sending": _("Sending the video: {percent} %"),
            "resuming": _("Going on with the upload of {name} at {percent} %."),
            "waiting": _("The connection is lost; trying again in {seconds} seconds."),
            "checking": _("The video has come whole. It is being measured and checked."),
            "in_review": _("A reviewer looks at the video first. You may leave this page."),
            "blocked": _("The video may not be used."),
            "refused": _("The video cannot be used. The reasons are below."),
            "abandoned": _("The upload was given up."),
            "queued": _("The video was accepted. Its movement waits to be taken."),
            "working": _("{stage}: {percent} %"),
            "failed": _("The movement could not be taken: {why}"),
            "stopped": _("Taking the movement was stopped."),
            "idle": _("The video was accepted, but nobody is taking its movement."),
            "done": _("The movement was taken, and a draft was made of it."),
            "empty": _("The file is empty. Choose another one."),
            "too_large": _("The file is larger than {megabytes} MB."),
            "no_template": _("Choose a template first."),
            "no_video": _("This is no video file."),
            "unreachable": _("The server cannot be reached."),
            "left": _("about {seconds} seconds left"),
            "hint": _("An upload of {name} was interrupted at {percent} %. Choose the file again to go on."),
            "stop_sure": _("Stop taking the movement? It can be begun again."),
            "cancel_sure": _("Give up this upload? What was sent is erased."),
        },
    }
