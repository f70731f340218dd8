"""Scan runs and their findings in the console: evidence to read."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from moderation.admin.shared import VERDICT_COLOURS, NamesSubjects, SubjectTypeFilter
from moderation.blindness import not_given_away_to
from moderation.models import Finding, ScanRun
from moderation.review.kept_frame_file import kept_frame_of, kept_frame_url
from moderation.texts import label_text, reasons_text
from tongyi_portal.common.admin import EvidenceAdmin, facts_table, picture_tag


class FindingInline(TabularInline):  # type: ignore[misc]
    model = Finding
    extra = 0
    can_delete = False
    hide_title = True
    fields = (
        "scanner_name",
        "category",
        "severity",
        "confidence",
        "seen",
        "seconds",
        "milliseconds",
    )
    readonly_fields = fields

    @display(description=_("scanner"))
    def scanner_name(self, finding: Finding) -> SafeString:
        """Key and version, each in one piece."""
        whole = '<span class="portal-whole">{}</span>'
        return format_html(f"{whole}<br><small>{whole}</small>", finding.scanner, finding.scanner_version)

    @display(description=_("label"))
    def seen(self, finding: Finding) -> SafeString:
        """What was seen; of a match with a hash bank also which one, as it was called then."""
        bank, bank_id = finding.evidence.get("bank"), finding.evidence.get("bank_id")
        if not bank or not bank_id:
            return format_html("{}", label_text(finding.label))
        address = reverse("admin:moderation_hashbank_change", args=[bank_id])
        link = format_html('<a class="portal-link" href="{}">{}</a>', address, bank)
        return format_html("{}<br>{}", label_text(finding.label), link)

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
        "worst_frame",
        "milliseconds",
        "content_sha256",
    )
    readonly_fields = ("created_at", "subject_kind", "reasons", "scanner_times", "worst_frame")
    list_filter = ("verdict", "surface", "medium", SubjectTypeFilter)
    search_fields = ("subject_id", "content_sha256")
    list_select_related = ("policy",)
    date_hierarchy = "created_at"
    inlines = (FindingInline,)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[ScanRun]:
        return not_given_away_to(request.user, super().get_queryset(request))

    @display(description=_("scanners"))
    def scanner_times(self, run: ScanRun) -> SafeString:
        return facts_table(
            {
                f"{scanner['key']} {scanner['version']}": scanner["error"]
                or gettext("%(count)d ms") % {"count": round(scanner["milliseconds"])}
                for scanner in run.scanners
            }
        )

    @display(description=_("worst frame"), empty_value="–")
    def worst_frame(self, run: ScanRun) -> SafeString | None:
        """Veiled until somebody points at it."""
        frame = kept_frame_of(run)
        if frame is None:
            return None
        picture = picture_tag(kept_frame_url(frame), gettext("The worst frame of this video"), "large")
        return format_html('<span class="portal-veil" tabindex="0">{}</span>', picture)

    @display(description=_("verdict"), label=VERDICT_COLOURS)
    def result(self, run: ScanRun) -> tuple[str, str]:
        return run.verdict, run.get_verdict_display()

    @display(description=_("reasons"))
    def reasons(self, run: ScanRun) -> str:
        return reasons_text(run.reason_codes)
