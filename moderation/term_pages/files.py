"""Word lists as files: a preview of what an import would change, the import itself, and the export."""

import base64
import uuid
from typing import Any

from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from moderation.models.terms import TermList
from moderation.services.term_imports import ImportReport, terms_export, terms_import, terms_preview
from moderation.terms.files import MAX_BYTES, MAX_ROWS
from tongyi_portal.common import roles
from tongyi_portal.common.admin import staff_of
from tongyi_portal.common.errors import AppError

_SALT = "moderation.terms.import"
_PREVIEW_SECONDS = 3600
ROWS_SHOWN = 50
FAULTS_SHOWN = 200
FILE_FAULTS = {
    "too_large": _("The file is larger than 1 MB."),
    "encoding": _("The file is neither UTF-8 nor GB 18030 text."),
    "too_many_rows": _("The file has more than 60,000 lines."),
    "columns": _("A CSV file needs a heading with the column “text”; see the description of columns."),
    "empty": _("There is no word in the file."),
}
LINE_FAULTS = {
    "too_long": _("The word is longer than 100 characters."),
    "too_short": _("A single letter or sign stands in nearly every text."),
    "control": _("The word has characters that cannot be seen."),
    "repeated": _("The word stands in the file before."),
    "flag": _("“whole_word” must be 1 or 0."),
    "date": _("“expires_at” must be a date such as 2026-12-31."),
    "note": _("The note is longer than 200 characters."),
}


def import_page(request: HttpRequest, list_id: uuid.UUID) -> HttpResponse:
    """Choose a file; with one, see what it would change before anything changes."""
    term_list = _list_for(request, list_id, roles.TERMS_EDIT)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Import words"),
        "term_list": term_list,
        "max_rows": MAX_ROWS,
    }
    given = request.FILES.get("file")
    if request.method == "POST" and given is None:
        messages.error(request, gettext("Choose a file first."))
    if given is not None:
        data = given.read(MAX_BYTES + 1)
        is_csv = str(given.name).lower().endswith(".csv")
        try:
            report = terms_preview(term_list=term_list, data=data, is_csv=is_csv)
        except AppError as error:
            messages.error(request, FILE_FAULTS[error.details["fault"]])
        else:
            context |= _shown(report) | {"file_name": given.name, "held": _held(term_list, data, is_csv)}
    return TemplateResponse(request, "moderation/terms/import.html", context)


@require_POST
def import_confirm(request: HttpRequest, list_id: uuid.UUID) -> HttpResponse:
    """Import the file that was previewed."""
    term_list = _list_for(request, list_id, roles.TERMS_EDIT)
    try:
        held = signing.loads(request.POST.get("held", ""), salt=_SALT, max_age=_PREVIEW_SECONDS)
    except signing.BadSignature:
        messages.error(request, gettext("The preview is too old; choose the file again."))
        return HttpResponseRedirect(reverse("admin:terms_import", args=[list_id]))
    if held["list"] != str(term_list.pk):
        raise PermissionDenied
    data = base64.b64decode(held["data"])
    report = terms_import(term_list=term_list, data=data, is_csv=held["is_csv"], by=staff_of(request))
    count = report.change_count
    messages.success(
        request,
        ngettext("%(count)d word was added.", "%(count)d words were added.", count) % {"count": count},
    )
    return HttpResponseRedirect(
        f"{reverse('admin:moderation_term_changelist')}?term_list__id__exact={term_list.pk}"
    )


@require_safe
def export_file(request: HttpRequest, list_id: uuid.UUID) -> StreamingHttpResponse:
    """The list as a CSV file that can be imported again."""
    term_list = _list_for(request, list_id, "moderation.view_term")
    lines = (line.encode() for line in ("\ufeff", *terms_export(term_list)))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="terms-{str(term_list.pk)[:8]}.csv"'
    return response


def _list_for(request: HttpRequest, list_id: uuid.UUID, permission: str) -> TermList:
    if not request.user.has_perm(permission):
        raise PermissionDenied
    return get_object_or_404(TermList, pk=list_id)


def _held(term_list: TermList, data: bytes, is_csv: bool) -> str:
    """The file inside the form that confirms it, so that no process needs to remember it."""
    facts = {"list": str(term_list.pk), "is_csv": is_csv, "data": base64.b64encode(data).decode()}
    return signing.dumps(facts, salt=_SALT, compress=True)


def _shown(report: ImportReport) -> dict[str, Any]:
    faults = [(fault.line, fault.excerpt, LINE_FAULTS[fault.code]) for fault in report.faults[:FAULTS_SHOWN]]
    return {
        "report": report,
        "rows": (*report.new, *report.restored)[:ROWS_SHOWN],
        "rows_hidden": max(0, report.change_count - ROWS_SHOWN),
        "faults": faults,
        "faults_hidden": max(0, len(report.faults) - FAULTS_SHOWN),
    }
