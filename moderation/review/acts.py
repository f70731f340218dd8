"""What can be done on the desk: one verb, one service, then the next item. Replies with a page or with JSON.

A desk with a script asks for JSON: it shows the next item before the answer to the last one is known, so each
reply says whether that item is now held, and carries another one when somebody else was faster.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from moderation.errors import NothingDecided
from moderation.models import Decision, HashBank, ReviewItem
from moderation.queue_selectors import reviews_visible_to
from moderation.review import following
from moderation.review.feedback import feedback_since
from moderation.review.item_context import desk_url
from moderation.review.keys import key_of
from moderation.review.views import item_html, shift_html
from moderation.services.banks import bank_add_subject
from moderation.services.decisions import decision_override
from moderation.services.exposure import exposure_record
from moderation.services.reviews import (
    review_answer,
    review_claim,
    review_escalate,
    review_heartbeat,
    review_release,
    review_undo,
    reviews_settle_due,
)
from moderation.states import ReviewState
from tongyi_portal.common import roles
from tongyi_portal.common.errors import AppError, NotFound


@dataclass(frozen=True)
class Done:
    """What a verb did. goes_on: the desk turns to the next item; else it shows `item` again, anew."""

    item: ReviewItem
    message: str = ""
    goes_on: bool = False


@require_POST
def desk_next(request: HttpRequest) -> HttpResponse:
    """Claim the most urgent item and open it; back to the queue when it is empty."""
    reviews_settle_due()
    try:
        step = following.take(request)
    except AppError as error:
        if _wants_json(request):
            return _refusal(request, error, None)
        raise PermissionDenied(gettext(str(error.message))) from error
    if _wants_json(request):
        return JsonResponse({"ok": True, "next": _step_json(request, step), "shift": shift_html(request)})
    if step.is_empty:
        messages.success(request, gettext("The review queue is empty."))
    return HttpResponseRedirect(step.url)


@require_POST
def desk_peek(request: HttpRequest) -> HttpResponse:
    """The item that would come next, to be loaded ahead; `has` names items that the desk knows already."""
    try:
        item = following.peek(request)
    except AppError as error:
        return _refusal(request, error, None)
    if item is None:
        return JsonResponse({"ok": True, "html": ""})
    held = item.state == ReviewState.CLAIMED
    html = item_html(request, item, as_holder=True)
    return JsonResponse({"ok": True, "id": str(item.pk), "html": html, "held": held})


@require_POST
def desk_act(request: HttpRequest, item_id: uuid.UUID, verb: str) -> HttpResponse:
    """Do one of _VERBS; a decision leads on to the next item. An unknown verb or item is not found."""
    item = reviews_visible_to(request.user).filter(pk=item_id).first()
    if item is None or verb not in _VERBS:
        raise Http404
    try:
        done = _VERBS[verb](request, item)
    except AppError as error:
        return _refusal(request, error, item, goes_on=verb in _GOING_ON)
    return _reply_json(request, done) if _wants_json(request) else _reply_page(request, done)


def _reply_json(request: HttpRequest, done: Done) -> JsonResponse:
    item = done.item
    told: dict[str, Any] = {"ok": True, "message": done.message, "undo_seconds": _undo_seconds(item)}
    if done.goes_on:
        told["next"] = _step_json(request, following.take(request))
        told["feedback"] = feedback_since(request)
    elif done.message:
        told |= {"id": str(item.pk), "html": item_html(request, item)}
    return JsonResponse(told | {"shift": shift_html(request)})


def _reply_page(request: HttpRequest, done: Done) -> HttpResponse:
    if done.message:
        messages.success(request, _with_way_back(done))
    if not done.goes_on:
        return HttpResponseRedirect(desk_url(done.item.pk))
    for line in feedback_since(request):
        messages.info(request, line)
    step = following.take(request)
    if step.is_empty:
        messages.success(request, gettext("The review queue is empty."))
    return HttpResponseRedirect(step.url)


def _with_way_back(done: Done) -> str:
    """The message, with a link to the page where the answer can be taken back."""
    if not _undo_seconds(done.item):
        return done.message
    return format_html('{} <a href="{}">{}</a>', done.message, desk_url(done.item.pk), gettext("Undo"))


def _refusal(
    request: HttpRequest, error: AppError, item: ReviewItem | None, *, goes_on: bool = False
) -> HttpResponse:
    """The fault in words, with whoever decided or holds the item; the next item all the same."""
    names = [str(error.details[key]) for key in ("decided_by", "claimed_by") if key in error.details]
    message = " ".join([gettext(str(error.message)), *names])
    if not _wants_json(request):
        messages.error(request, message)
        return HttpResponseRedirect(desk_url(item.pk) if item is not None else following.queue_url(request))
    told: dict[str, Any] = {"ok": False, "code": error.code, "message": message}
    if goes_on and request.user.has_perm(roles.REVIEW_DECIDE):
        told["next"] = _step_json(request, following.take(request))
    return JsonResponse(told, status=error.http_status)


def _step_json(request: HttpRequest, step: following.Step) -> dict[str, Any]:
    if step.item is None:
        return {"url": step.url}
    if str(step.item.pk) == request.POST.get("next"):
        return {"id": str(step.item.pk)}
    return {"id": str(step.item.pk), "html": item_html(request, step.item)}


def _undo_seconds(item: ReviewItem) -> float:
    if item.state != ReviewState.ANSWERED or item.settle_at is None:
        return 0
    return max(0.0, (item.settle_at - timezone.now()).total_seconds())


def _claim(request: HttpRequest, item: ReviewItem) -> Done:
    return Done(review_claim(item, request.user))


def _heartbeat(request: HttpRequest, item: ReviewItem) -> Done:
    reviews_settle_due()
    return Done(review_heartbeat(item, request.user))


def _release(request: HttpRequest, item: ReviewItem) -> Done:
    following.pass_over(request, item)
    return Done(review_release(item, request.user), gettext("Given back to the queue."), goes_on=True)


def _escalate(request: HttpRequest, item: ReviewItem) -> Done:
    return Done(review_escalate(item, request.user, _note(request)), gettext("Escalated."), goes_on=True)


def _approve(request: HttpRequest, item: ReviewItem) -> Done:
    answered = review_answer(item, request.user, True, "", _note(request))
    return Done(answered, gettext("Approved."), goes_on=True)


def _refuse(request: HttpRequest, item: ReviewItem) -> Done:
    reason_code = request.POST.get("reason_code", "")
    answered = review_answer(item, request.user, False, reason_code, _note(request))
    return Done(answered, gettext("Refused."), goes_on=True)


def _undo(request: HttpRequest, item: ReviewItem) -> Done:
    return Done(review_undo(item, request.user), gettext("Taken back; decide again."))


def _exposure(request: HttpRequest, item: ReviewItem) -> Done:
    try:
        seconds = float(request.POST.get("seconds", ""))
    except ValueError:
        seconds = 0.0
    exposure_record(item=item, by=request.user, seconds=seconds)
    return Done(item)


def _bank(request: HttpRequest, item: ReviewItem) -> Done:
    key = key_of(request.POST.get("bank", ""))
    bank = HashBank.objects.filter(pk=key).first() if key is not None else None
    if bank is None:
        raise NotFound
    added = bank_add_subject(
        subject_type=item.subject_type,
        subject_id=item.subject_id,
        bank=bank,
        by=request.user,
        note=_note(request),
    )
    return Done(
        item, gettext("Hashes added to the bank %(bank)s: %(count)d.") % {"bank": bank, "count": len(added)}
    )


def _override(request: HttpRequest, item: ReviewItem, *, approve: bool) -> Done:
    decision = Decision.objects.filter(review_item=item, overridden_by__isnull=True).first()
    if decision is None:
        raise NothingDecided
    reason_code = "" if approve else request.POST.get("reason_code", "")
    decision_override(
        decision=decision, approve=approve, reason_code=reason_code, note=_note(request), by=request.user
    )
    return Done(item, gettext("The decision was changed."))


_GOING_ON = {"approve", "refuse", "escalate", "release"}
# What can be done to an item.
_VERBS: dict[str, Callable[[HttpRequest, ReviewItem], Done]] = {
    "claim": _claim,
    "heartbeat": _heartbeat,
    "release": _release,
    "escalate": _escalate,
    "approve": _approve,
    "refuse": _refuse,
    "undo": _undo,
    "exposure": _exposure,
    "bank": _bank,
    "override-approve": partial(_override, approve=True),
    "override-refuse": partial(_override, approve=False),
}


def _note(request: HttpRequest) -> str:
    return request.POST.get("note", "")[:2000]


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")
