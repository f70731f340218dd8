"""Pages that make a draft without a video: two versions joined, and a movement from a pose file."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from templates_app.models import DanceTemplate, TemplateVersion
from templates_app.motion_page import editor_address
from templates_app.motion_texts import left_out_text
from templates_app.poses.formats.reading import MAX_FILE_BYTES
from templates_app.poses.joining import MOST_BLEND_SECONDS
from templates_app.seam_picture import MIME, seam_picture
from templates_app.services.drafting import version_import, version_join
from templates_app.services.takes import versions_joined
from templates_app.version_pages.access import curators_only, tell_fault
from templates_app.version_pages.forms import TemplatePicker
from tongyi_portal.common.errors import AppError

_BYTES_IN_MIB = 1024**2


class VersionPicker(forms.ModelChoiceField):  # type: ignore[type-arg] # not generic at run time
    """One version of any number, found by the words of its template."""

    def __init__(self, **options: Any) -> None:
        relation = DanceTemplate._meta.get_field("live_version")
        versions = TemplateVersion.objects.select_related("template")
        super().__init__(versions, widget=AutocompleteSelect(relation, admin.site), **options)


class JoinForm(forms.Form):
    first = VersionPicker(label=_("first movement"))
    second = VersionPicker(label=_("second movement"))
    blend_seconds = forms.FloatField(
        label=_("seconds of blending"),
        min_value=0,
        max_value=MOST_BLEND_SECONDS,
        initial=0.5,
        widget=forms.NumberInput(attrs={"step": "0.1"}),
    )
    template = TemplatePicker(label=_("template of the draft (otherwise the first one's)"), required=False)


class PoseFileForm(forms.Form):
    file = forms.FileField(label=_("pose file"))
    template = TemplatePicker(label=_("template"))
    fps = forms.FloatField(
        label=_("frames per second (if the file does not say)"), min_value=1, max_value=120, required=False
    )
    width = forms.IntegerField(
        label=_("picture width in pixels (if the file does not say)"),
        min_value=16,
        max_value=16384,
        required=False,
    )
    height = forms.IntegerField(
        label=_("picture height in pixels (if the file does not say)"),
        min_value=16,
        max_value=16384,
        required=False,
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE_BYTES:
            limit = MAX_FILE_BYTES // _BYTES_IN_MIB
            raise forms.ValidationError(
                _("The file is larger than %(limit)d MiB."), params={"limit": limit}, code="too_large"
            )
        return file


def join_page(request: HttpRequest) -> HttpResponse:
    """Ask for two versions; show their seam, or make a draft of both and go to its editor."""
    curators_only(request)
    form = JoinForm(request.POST or None, initial={"first": request.GET.get("first")})
    context = {**admin.site.each_context(request), "title": gettext("Join two movements"), "form": form}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if "seam" in request.POST:
            context |= _seam(request, given)
        else:
            template = given.pop("template") or given["first"].template
            answer = _drafted(request, lambda user: version_join(by=user, template=template, **given))
            if answer is not None:
                return answer
    return TemplateResponse(request, "templates_app/join.html", context)


def _seam(request: HttpRequest, given: dict[str, Any]) -> dict[str, Any]:
    """What the page tells of the movement that would come of it; nothing after a fault was told."""
    try:
        joined = versions_joined(given["first"], given["second"], given["blend_seconds"])
    except AppError as error:
        tell_fault(request, error)
        return {}
    fps = joined.sequence.fps
    asked = {
        "first": given["first"].pk,
        "second": given["second"].pk,
        "blend_seconds": given["blend_seconds"],
    }
    return {
        "seam_url": f"{reverse('admin:version_join_seam')}?{urlencode(asked)}",
        "seam_seconds": joined.seam_frame / fps,
        "seconds": joined.sequence.duration_seconds,
        "left_out": left_out_text(joined.left_out_seconds),
    }


@require_GET
def join_seam(request: HttpRequest) -> HttpResponse:
    """The moving picture of the seam that `join_page` shows."""
    curators_only(request)
    form = JoinForm(request.GET)
    if not form.is_valid():
        return HttpResponseBadRequest()
    given = form.cleaned_data
    try:
        joined = versions_joined(given["first"], given["second"], given["blend_seconds"])
    except AppError:
        return HttpResponseBadRequest()
    headers = {"Cache-Control": "private, no-store"}
    return HttpResponse(seam_picture(joined), content_type=MIME, headers=headers)


def pose_file_page(request: HttpRequest) -> HttpResponse:
    """Ask for a pose file, make a draft of it, and go to its editor."""
    curators_only(request)
    form = PoseFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        answer = _drafted(
            request,
            lambda user: version_import(
                by=user,
                template=given["template"],
                data=given["file"].read(),
                file_name=given["file"].name,
                fps=given["fps"],
                width=given["width"],
                height=given["height"],
            ),
        )
        if answer is not None:
            return answer
    context = {**admin.site.each_context(request), "title": gettext("Import a movement"), "form": form}
    return TemplateResponse(request, "templates_app/pose_file.html", context)


def _drafted(request: HttpRequest, make: Any) -> HttpResponse | None:
    """Make the draft and go to its editor; None after a fault was told."""
    try:
        version: TemplateVersion = make(request.user)
    except AppError as error:
        tell_fault(request, error)
        return None
    messages.success(request, gettext("The movement was stored as a draft."))
    for note in version.take.notes if version.take is not None else ():
        messages.info(request, note)
    return HttpResponseRedirect(editor_address(version.pk))
