"""Statements, consents and erasures in the console: read, export for the DSA's database, act for people."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.html import linebreaks
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from moderation.admin.people import PeopleAdmin
from moderation.admin.shared import NamesSubjects, SubjectTypeFilter
from moderation.models import ConsentRecord, ErasureRequest, StatementOfReasons
from moderation.services.consents import consent_withdraw, consent_words
from moderation.statement_export import EXPORTS
from moderation.states import ConsentState, ErasureState
from tongyi_portal.common.admin import facts_table, for_each_row, staff_of

CONSENT_COLOURS = {
    ConsentState.GIVEN: "success",
    ConsentState.WITHDRAWN: "danger",
    ConsentState.EXPIRED: "warning",
    ConsentState.REPLACED: "info",
}
ERASURE_COLOURS = {
    ErasureState.REQUESTED: "warning",
    ErasureState.WORKING: "warning",
    ErasureState.DONE: "success",
}


@admin.register(StatementOfReasons)
class StatementAdmin(PeopleAdmin):
    tells_of = ("decision", "strike__decision")
    list_display = ("created_at", "owner", "kind", "category", "appeal_until", "decision")
    fields = (
        ("owner", "kind"),
        "words",
        ("created_at", "appeal_until"),
        "wording",
        "dsa_fields",
        ("decision", "strike", "measure"),
    )
    readonly_fields = ("words", "dsa_fields", "created_at")
    list_filter = ("kind",)
    search_fields = ("id", "owner__username")
    list_select_related = ("owner", "decision")
    date_hierarchy = "created_at"
    actions = ("export_csv", "export_lines")

    @admin.action(description=_("Export as CSV (DSA)"), permissions=["view"])
    def export_csv(
        self, request: HttpRequest, statements: models.QuerySet[StatementOfReasons]
    ) -> StreamingHttpResponse:
        return _export("csv", statements)

    @admin.action(description=_("Export as JSON lines (DSA)"), permissions=["view"])
    def export_lines(
        self, request: HttpRequest, statements: models.QuerySet[StatementOfReasons]
    ) -> StreamingHttpResponse:
        return _export("jsonl", statements)

    @display(description=_("category"))
    def category(self, statement: StatementOfReasons) -> str:
        return str(statement.dsa.get("category", "–")).removeprefix("STATEMENT_CATEGORY_")

    @display(description=_("text"))
    def words(self, statement: StatementOfReasons) -> SafeString:
        return SafeString(linebreaks(statement.text_in(get_language() or "en"), autoescape=True))

    @display(description=_("DSA fields"))
    def dsa_fields(self, statement: StatementOfReasons) -> SafeString:
        return facts_table(statement.dsa)


@admin.register(ConsentRecord)
class ConsentAdmin(NamesSubjects, PeopleAdmin):
    list_display = ("created_at", "owner", "relation", "is_minor", "status", "subject_id", "expires_at")
    fields = (
        ("owner", "relation", "is_minor"),
        ("subject_kind", "subject_id"),
        "people",
        ("job_kinds", "allows_sharing"),
        ("created_at", "expires_at"),
        ("wording", "language", "channel"),
        ("state", "ended_at", "ended_by"),
    )
    readonly_fields = ("subject_kind", "people", "state", "created_at", "ended_at")
    list_filter = ("state", "relation", "is_minor", SubjectTypeFilter)
    search_fields = ("owner__username", "subject_id")
    list_select_related = ("owner", "ended_by")
    date_hierarchy = "created_at"
    actions = ("withdraw",)

    @admin.action(description=_("Withdraw the selected consents"), permissions=["manage"])
    def withdraw(self, request: HttpRequest, consents: models.QuerySet[ConsentRecord]) -> None:
        """For a person in a picture who asks us, not the account: everything made of it is taken down."""
        for_each_row(
            request,
            consents,
            lambda consent: consent_withdraw(consent=consent, by=staff_of(request)),
            ngettext_lazy("%(count)d consent was withdrawn.", "%(count)d consents were withdrawn.", "count"),
        )

    @display(description=_("state"), label=CONSENT_COLOURS)
    def status(self, consent: ConsentRecord) -> tuple[str, str]:
        return consent.state, consent.get_state_display()

    @display(description=_("name"))
    def people(self, consent: ConsentRecord) -> str:
        """Who agreed, and the guardian; a dash once it was erased."""
        return "; ".join(words for words in consent_words(consent) if words) or "–"


@admin.register(ErasureRequest)
class ErasureAdmin(NamesSubjects, PeopleAdmin):
    list_display = ("created_at", "owner", "scope", "status", "tries", "last_fault", "finished_at")
    fields = (
        ("owner", "requested_by"),
        ("scope", "subject_id"),
        ("state", "tries", "last_fault"),
        "removed",
        ("created_at", "finished_at"),
    )
    readonly_fields = ("state", "removed", "created_at", "finished_at", "tries", "last_fault")
    list_filter = ("state", "scope")
    search_fields = ("owner__username", "subject_id")
    list_select_related = ("owner", "requested_by")
    date_hierarchy = "created_at"

    @display(description=_("state"), label=ERASURE_COLOURS)
    def status(self, erasure: ErasureRequest) -> tuple[str, str]:
        return erasure.state, erasure.get_state_display()

    @display(description=_("what was removed"))
    def removed(self, erasure: ErasureRequest) -> SafeString:
        return facts_table(erasure.report)


def _export(key: str, statements: Any) -> StreamingHttpResponse:
    """The selected statements that restricted something."""
    export = EXPORTS[key]
    rows = (dsa for dsa in statements.order_by("created_at").values_list("dsa", flat=True) if dsa)
    answer = StreamingHttpResponse(export.lines(rows), content_type=f"{export.mime}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="statements-of-reasons.{key}"'
    return answer
