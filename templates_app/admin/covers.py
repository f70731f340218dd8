"""Cover tests in the console: start one, see what came of it with its intervals, choose the winner."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from moderation.models.audit import AuditEntry
from moderation.statistics import ENOUGH
from templates_app.admin.shared import FindsTemplates
from templates_app.models import CoverTest, PreviewKind
from templates_app.selectors import preview_url
from templates_app.services.covers import VariantResult, cover_test_end, cover_test_results, cover_test_start
from templates_app.services.gates import second_person_is_needed
from tongyi_portal.common import roles
from tongyi_portal.common.admin import EvidenceAdmin, picture_tag, staff_of
from tongyi_portal.common.errors import AppError

NONE = "none"
ENDED_ACTION = "templates.cover_test.ended"


@admin.register(CoverTest)
class CoverTestAdmin(FindsTemplates, EvidenceAdmin):
    list_display = ("version", "created_by", "created_at", "ended_at")
    list_filter = (("ended_at", admin.EmptyFieldListFilter),)
    search_fields = ("version__template__search_text",)
    template_path = "version__template"
    list_select_related = ("version__template", "created_by")
    autocomplete_fields = ("version",)

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The test knows who looks at it, so that its page offers what that person may do."""
        test = super().get_object(request, *args, **kwargs)
        if test is not None:
            test.viewer = request.user
        return test

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[Any, ...]:
        if obj is None:
            return ("version",)
        return (("version", "created_by"), ("created_at", "ended_at"), "results")

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return () if obj is None else ("version", "created_by", "created_at", "ended_at", "results")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(roles.TEMPLATE_PUBLISH))

    def get_urls(self) -> list[URLPattern]:
        """The buttons of the results stand before the theme's own addresses."""
        ending = path(
            "<uuid:test_id>/end/<str:winner>/",
            self.admin_site.admin_view(require_POST(self.end_view)),
            name="cover_test_end",
        )
        return [ending, *super().get_urls()]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A version whose covers cannot be tried out is told above the form."""
        try:
            page: HttpResponse = super().changeform_view(request, *args, **kwargs)
        except AppError as error:
            messages.error(request, gettext(str(error.message)))
            return HttpResponseRedirect(request.get_full_path())
        return page

    def save_model(self, request: HttpRequest, obj: CoverTest, form: Any, change: bool) -> None:
        """Try out all covers of the version, each on as many viewers as the others."""
        covers = obj.version.previews.filter(kind=PreviewKind.COVER).order_by("character")
        made = cover_test_start(
            version=obj.version, variants=[(cover, 1) for cover in covers], by=staff_of(request)
        )
        obj.__dict__.update(made.__dict__)

    def end_view(self, request: HttpRequest, test_id: uuid.UUID, winner: str) -> HttpResponse:
        """Choose the winner, or none."""
        test = CoverTest.objects.filter(pk=test_id).first()
        chosen = test.variants.filter(pk=winner).first() if test and winner.isdecimal() else None
        if test is None or (chosen is None and winner != NONE):
            raise Http404
        try:
            cover_test_end(test=test, winner=chosen, by=staff_of(request))
            messages.success(request, gettext("The test has ended."))
        except AppError as error:
            messages.error(request, gettext(str(error.message)))
        return HttpResponseRedirect(reverse("admin:templates_app_covertest_change", args=[test_id]))

    @display(description=_("results"))
    def results(self, test: CoverTest) -> SafeString:
        """A row for each cover: how many saw it, how many picked it, with what certainty."""
        heads = (
            _("cover"),
            _("weight"),
            _("shown to"),
            _("picked by"),
            _("share with its 95 percent interval"),
            "",
        )
        head = format_html_join("", '<th scope="col">{}</th>', ((one,) for one in heads))
        rows = format_html_join("", "<tr>{}</tr>", ((_row(test, one),) for one in cover_test_results(test)))
        if test.ended_at is not None:
            button = _outcome(test)
        else:
            button = _end_button(test, NONE, gettext("End without a winner"))
            if _is_for_another(test):
                button = format_html("<p>{}</p>{}", _("Somebody else must choose: you made it."), button)
        table = format_html(
            '<div class="portal-scroll" tabindex="0" role="region" aria-label="{}">'
            '<table class="portal-facts"><tr>{}</tr>{}</table></div>',
            _("results"),
            head,
            rows,
        )
        return format_html("{}{}", table, button)


def _is_for_another(test: Any) -> bool:
    """Whether a second person must choose, and not whoever looks at the test."""
    return second_person_is_needed(test.version, test.viewer)


def _outcome(test: CoverTest) -> SafeString:
    """Which cover won, as the audit chain has it."""
    ended = AuditEntry.objects.filter(
        subject_type=test._meta.label_lower, subject_id=str(test.pk), action=ENDED_ACTION
    ).first()
    winner = test.variants.filter(preview=ended.data.get("winner")).first() if ended is not None else None
    if winner is None:
        return format_html("<p>{}</p>", gettext("The test ended without a winner."))
    told = gettext("This cover won:")
    return format_html("<p>{}</p>{}", told, picture_tag(preview_url(winner.preview), str(winner.preview)))


def _row(test: CoverTest, result: VariantResult) -> SafeString:
    variant, share = result.variant, result.share
    picture = picture_tag(preview_url(variant.preview), str(variant.preview))
    interval = f"{share.value:.1%} ({share.low:.1%}–{share.high:.1%})" if share else "–"
    if result.shown < ENOUGH:
        interval += " " + gettext("too few to tell")
    cells = (picture, variant.weight, result.shown, result.picked, interval)
    label = gettext("Choose this one")
    button = "" if _is_for_another(test) else _end_button(test, str(variant.pk), label)
    return format_html(
        "{}<td>{}</td>", format_html_join("", "<td>{}</td>", ((cell,) for cell in cells)), button
    )


def _end_button(test: Any, winner: str, label: str) -> SafeString:
    """A button of the page's own form that goes to another address; nothing once the test has ended, or for
    those who may not end it.
    """
    if test.ended_at is not None or not test.viewer.has_perm(roles.TEMPLATE_PUBLISH):
        return SafeString("")
    address = reverse("admin:cover_test_end", args=[test.pk, winner])
    return format_html(
        '<button type="submit" class="portal-link" formaction="{}" formnovalidate>{}</button>', address, label
    )
