"""Scan runs and their findings in the console: evidence to read."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from moderation.admin.shared import VERDICT_COLOURS, NamesSubjects, SubjectTypeFilter
from moderation.models import Finding, ScanRun
from moderation.texts import label_text, reasons_text
from tongyi_portal.common.admin import EvidenceAdmin, facts_table


class FindingInline(TabularInline):  # type: ignore[misc]
    model = Finding
    extra = 0
    can_delete = False
    hide_title = True
    fields = (
        "scanner",
        "scanner_version",
        "category",
        "severity",
        "confidence",
        "seen",
        "seconds",
        "milliseconds",
    )
    readonly_fields = fields

    @display(description=_("label"))
    def seen(self, finding: Finding) -> str:
        return label_text(finding.label)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(ScanRun)
class ScanRunAdmin(NamesSubjects, EvidenceAdmin):
    list_display = (
        "created_at",
        "subject_kind",
        "surface",
        "medium",
        "result",
        "reasons",
        "milliseconds",
        "policy",
    )
    fields = (
        ("created_at", "verdict"),
        "policy",
        ("subject_kind", "surface"),
        ("medium", "owner"),
        "subject_id",
        "reasons",
        "scanner_times",
        ("frames_scanned", "worst_seconds"),
        "milliseconds",
        "content_sha256",
    )
    readonly_fields = ("created_at", "subject_kind", "reasons", "scanner_times")
    list_filter = ("verdict", "surface", "medium", SubjectTypeFilter)
    search_fields = ("subject_id", "content_sha256")
    list_select_related = ("policy",)
    date_hierarchy = "created_at"
    inlines = (FindingInline,)

    @display(description=_("scanners"))
    def scanner_times(self, run: ScanRun) -> SafeString:
        return facts_table(
            {
                f"{scanner['key']} {scanner['version']}": scanner["error"]
                or gettext("%(count)d ms") % {"count": round(scanner["milliseconds"])}
                for scanner in run.scanners
            }
        )

    @display(description=_("verdict"), label=VERDICT_COLOURS)
    def result(self, run: ScanRun) -> tuple[str, str]:
        return run.verdict, run.get_verdict_display()

    @display(description=_("reasons"))
    def reasons(self, run: ScanRun) -> str:
        return reasons_text(run.reason_codes)
