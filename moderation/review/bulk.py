"""Bulk answers of the queue page: what was chosen, what became of each item, and the way back."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from moderation.models import ReviewItem, ReviewQueue
from moderation.models.settings import ModerationSettings
from moderation.queue_selectors import reviews_visible_to
from moderation.review.faults import fault_text
from moderation.review.keys import key_of
from moderation.services.reviews import (
    BulkOutcome,
    review_claim,
    review_escalate,
    review_route,
    reviews_answer_many,
    reviews_undo_batch,
)
from tongyi_portal.common.errors import AppError

_REPORT = "review_bulk_report"
_FAILURES_SHOWN = 20


@require_POST
def bulk_act(request: HttpRequest) -> HttpResponse:
    """Do one thing to all chosen items and go back to the queue, where the report stands."""
    keys = [key for one in request.POST.getlist("item") if (key := key_of(one)) is not None]
    items = list(reviews_visible_to(request.user).filter(pk__in=keys))
    act = _ACTS.get(request.POST.get("verb", ""))
    if not items or act is None:
        messages.warning(request, gettext("Choose items first, then what should happen to them."))
        return _back(request)
    try:
        act(request, items)
    except AppError as error:
        messages.error(request, gettext(str(error.message)))
    return _back(request)


@require_POST
def bulk_undo(request: HttpRequest) -> HttpResponse:
    """Take the last bulk answer back, as far as it has not taken effect."""
    batch = key_of(request.POST.get("batch", ""))
    if batch is None:
        return _back(request)
    try:
        outcome = reviews_undo_batch(batch, request.user)
    except AppError as error:
        messages.error(request, gettext(str(error.message)))
        return _back(request)
    _remember(request, gettext("Taken back"), outcome.done, outcome.failed)
    return _back(request)


def bulk_report(request: HttpRequest) -> dict[str, Any] | None:
    """How the last bulk action went; told once, and again while it can be undone."""
    report: dict[str, Any] | None = request.session.get(_REPORT)
    if report is None:
        return None
    until = parse_datetime(report["until"]) if report["until"] else None
    seconds = _seconds_left(until)
    if not seconds:
        del request.session[_REPORT]
    return report | {"seconds_left": seconds}


def _approve(request: HttpRequest, items: list[ReviewItem]) -> None:
    outcome = reviews_answer_many(items, request.user, True, "", _note(request))
    _remember_answers(request, gettext("Approved"), outcome)


def _refuse(request: HttpRequest, items: list[ReviewItem]) -> None:
    reason = request.POST.get("reason_code", "")
    outcome = reviews_answer_many(items, request.user, False, reason, _note(request))
    _remember_answers(request, gettext("Refused"), outcome)


def _escalate(request: HttpRequest, items: list[ReviewItem]) -> None:
    def one(item: ReviewItem) -> None:
        review_escalate(review_claim(item, request.user), request.user, _note(request))

    _remember(request, gettext("Escalated"), *_each(items, one))


def _route(request: HttpRequest, items: list[ReviewItem]) -> None:
    queue = ReviewQueue.objects.filter(slug=request.POST.get("to_queue", "")).first()
    if queue is None:
        messages.warning(request, gettext("Choose the queue that the items should go to."))
        return
    done, failed = _each(items, lambda item: review_route(item, request.user, queue))
    _remember(request, gettext("Moved to %(queue)s") % {"queue": queue}, done, failed)


_ACTS = {"approve": _approve, "refuse": _refuse, "escalate": _escalate, "route": _route}


def _each(
    items: list[ReviewItem], act: Callable[[ReviewItem], object]
) -> tuple[list[ReviewItem], list[tuple[ReviewItem, str]]]:
    done, failed = [], []
    for item in items:
        try:
            act(item)
        except AppError as error:
            failed.append((item, error.code))
        else:
            done.append(item)
    return done, failed


def _remember_answers(request: HttpRequest, title: str, outcome: BulkOutcome) -> None:
    seconds = ModerationSettings.current().bulk_undo_seconds if outcome.done else 0
    until = timezone.now() + timedelta(seconds=seconds) if seconds else None
    _remember(request, title, outcome.done, outcome.failed, batch=outcome.batch, until=until)


def _remember(
    request: HttpRequest,
    title: str,
    done: list[ReviewItem],
    failed: list[tuple[ReviewItem, str]],
    *,
    batch: uuid.UUID | None = None,
    until: datetime | None = None,
) -> None:
    request.session[_REPORT] = {
        "title": title,
        "done": len(done),
        "failed": [
            {"id": str(item.pk), "short": str(item.pk)[:8], "why": fault_text(code)}
            for item, code in failed[:_FAILURES_SHOWN]
        ],
        "failed_count": len(failed),
        "batch": str(batch) if batch is not None else "",
        "until": until.isoformat() if until is not None else "",
    }


def _seconds_left(until: datetime | None) -> float:
    return max(0.0, (until - timezone.now()).total_seconds()) if until is not None else 0.0


def _back(request: HttpRequest) -> HttpResponse:
    """To the queue as it was filtered; never to another site."""
    here = request.POST.get("here", "")
    queue = reverse("admin:review_queue")
    is_safe = here.startswith(queue) and url_has_allowed_host_and_scheme(here, allowed_hosts=None)
    return HttpResponseRedirect(here if is_safe else queue)


def _note(request: HttpRequest) -> str:
    return request.POST.get("note", "")[:2000]
