"""What a moderator is told after the fact: how they did on items whose answer was known."""

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext

from moderation.models import ReviewAnswer
from moderation.models.review import ReviewPurpose
from tongyi_portal.common.admin import staff_of

_TOLD_UNTIL = "review_feedback_until"


def feedback_since(request: HttpRequest) -> list[str]:
    """One sentence for each gold item that was settled since the last call; nothing on the first call."""
    moment = timezone.now()
    since = _told_until(request)
    request.session[_TOLD_UNTIL] = moment.isoformat()
    if since is None:
        return []
    answers = ReviewAnswer.objects.filter(
        by=staff_of(request), purpose=ReviewPurpose.GOLD, created_at__gt=since, created_at__lte=moment
    ).select_related("item__gold")
    return [_sentence(answer) for answer in answers]


def _told_until(request: HttpRequest) -> datetime | None:
    stored = request.session.get(_TOLD_UNTIL, "")
    return parse_datetime(stored) if stored else None


def _sentence(answer: ReviewAnswer) -> str:
    note = answer.item.gold.note if answer.item.gold is not None else ""
    short = str(answer.item.pk)[:8]
    if answer.is_right:
        return gettext("%(item)s was a check item, and you were right. %(note)s") % {
            "item": short,
            "note": note,
        }
    return gettext("%(item)s was a check item; the expected answer was another one. %(note)s") % {
        "item": short,
        "note": note,
    }
