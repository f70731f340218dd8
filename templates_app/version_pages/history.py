"""The page that tells what happened to a template and its versions."""

import uuid

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from templates_app.curation_selectors import template_history
from templates_app.models import DanceTemplate
from templates_app.version_pages.access import curators_only


@require_GET
def history_page(request: HttpRequest, template_id: uuid.UUID) -> HttpResponse:
    """Who did what and why, newest first."""
    curators_only(request)
    template = get_object_or_404(DanceTemplate, pk=template_id)
    context = {
        **admin.site.each_context(request),
        "title": gettext("History of %(template)s") % {"template": template.name},
        "template": template,
        "steps": template_history(template),
    }
    return TemplateResponse(request, "templates_app/history.html", context)
