"""The reviewer's desk as a page: one item with all that is known of it, and what can be done to it."""

import uuid
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from moderation.models import ReviewItem
from moderation.queue_selectors import backlog_counts_recent, reviews_visible_to
from moderation.review.item_context import desk_url as desk_url
from moderation.review.item_context import item_context
from moderation.review.shift import answers_since, shift_of

KEYS = [
    (("A",), _("Approve")),
    (("R", "1–9"), _("Refuse, with the reason of that number")),
    (("R", "Enter"), _("Refuse with the marked reason")),
    (("E",), _("Escalate, with a note; Enter sends it")),
    (("S",), _("Skip: give the item back")),
    (("U",), _("Undo the last answer")),
    (("C",), _("Claim an item that nobody holds")),
    (("N",), _("Write a note; Escape leaves it")),
    ((_("Space"),), _("Hold to reveal")),
    (("B", "G", "X"), _("Blur, greyscale, boxes on or off")),
    (("J", "K"), _("Next and previous finding, and its moment")),
    (("↓", "↑"), _("The same")),
    (("←", "→"), _("Half a second back or ahead")),
    (("P", "M"), _("Play or pause; sound on or off")),
    (("?",), _("This list")),
    (("Esc",), _("Leave a field or a list")),
]


@require_GET
def desk(request: HttpRequest, item_id: uuid.UUID) -> HttpResponse:
    """One item with its media, evidence against thresholds, the policy's word, and what happened before."""
    item = reviews_visible_to(request.user).filter(pk=item_id).first()
    if item is None:
        raise Http404
    context = {
        **admin.site.each_context(request),
        **item_context(request, item),
        **shift_context(request),
        "title": gettext("Review desk"),
        "desk_base": desk_base(),
        "keys": KEYS,
    }
    return TemplateResponse(request, "moderation/review/desk.html", context)


def desk_base() -> str:
    """The address below which all of the desk lives."""
    return reverse("admin:review_queue")


def item_html(request: HttpRequest, item: ReviewItem, *, as_holder: bool = False) -> str:
    """The part of the page that is one item, for a desk that is open already."""
    context = item_context(request, item, as_holder=as_holder)
    return render_to_string("moderation/review/parts/item.html", context, request)


def shift_context(request: HttpRequest) -> dict[str, Any]:
    """The backlog is some seconds old, so what the reader answered since is taken off what waits."""
    backlog = backlog_counts_recent()
    waiting = max(0, backlog.waiting - answers_since(request.user, backlog.counted_at))
    return {"shift": shift_of(request.user), "backlog": backlog, "waiting": waiting}


def shift_html(request: HttpRequest) -> str:
    return render_to_string("moderation/review/parts/shift.html", shift_context(request), request)
