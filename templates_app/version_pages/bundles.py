"""Export of a template as one file, and import of such a file, in the console."""

import uuid
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from templates_app.api.bundle_views import bundle_response
from templates_app.models import Category, DanceTemplate
from templates_app.services.bundles import template_import, version_to_export
from templates_app.version_pages.access import curators_only, tell_fault
from templates_app.version_pages.forms import TemplatePicker
from templates_app.version_pages.page import version_url
from tongyi_portal.common.errors import AppError


class ImportForm(forms.Form):
    file = forms.FileField(label=_("template file"))
    slug = forms.SlugField(label=_("another slug (optional)"), max_length=60, required=False)
    category = forms.ModelChoiceField(
        Category.objects.all(), label=_("another category (optional)"), required=False
    )
    into = TemplatePicker(label=_("as the next version of (optional)"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("slug") and given.get("into"):
            self.add_error("slug", _("A template that is there has its slug already."))
        return given


@require_GET
def template_export(request: HttpRequest, template_id: uuid.UUID) -> HttpResponseBase:
    """The live version, or the newest one, as a file to save."""
    curators_only(request)
    template = get_object_or_404(DanceTemplate, pk=template_id)
    try:
        return bundle_response(version_to_export(template), request.user)
    except AppError as error:
        tell_fault(request, error)
        return HttpResponseRedirect(reverse("admin:templates_app_dancetemplate_change", args=[template.pk]))


def template_import_page(request: HttpRequest) -> HttpResponse:
    """Ask for the file, make a draft of it, and go to the draft."""
    curators_only(request)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        answer = _imported(request, form.cleaned_data)
        if answer is not None:
            return answer
    context = {**admin.site.each_context(request), "title": gettext("Import a template"), "form": form}
    return TemplateResponse(request, "templates_app/import.html", context)


def _imported(request: HttpRequest, given: dict[str, Any]) -> HttpResponse | None:
    user: Any = request.user
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        with path.open("wb") as copy:
            for chunk in given["file"].chunks():
                copy.write(chunk)
        try:
            imported = template_import(
                path=path, by=user, slug=given["slug"], category=given["category"], into=given["into"]
            )
        except AppError as error:
            tell_fault(request, error)
            return None
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return None
    messages.success(request, gettext("The movement was imported as a draft."))
    for note in imported.notes:
        messages.warning(request, note)
    return HttpResponseRedirect(version_url(imported.version))
