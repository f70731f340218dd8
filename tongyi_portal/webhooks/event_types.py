"""EVENT_TYPES: every kind of event there is, what it tells, and an example of its data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

_SUBJECT = {"type": "upload", "id": "0d9d6f0e-6a0b-4c1e-9a52-4f5c0d3f9b11"}
_REASONS = [
    {
        "code": "sexual_explicit",
        "zh": "内容含有露骨的色情信息。",
        "en": "The picture shows explicit sexual content.",
    }
]
_MOMENT = "2026-03-01T12:41:07+00:00"
_TEMPLATE = {
    "template": "kemusan",
    "name_zh": "科目三",
    "name_en": "Subject Three",
    "version": 2,
    "published_at": _MOMENT,
}
_JOB = {
    "job": "8f1c2b7e-41d0-4c5b-9a57-2f6c7c0e5d31",
    "kind": "dance_video",
    "state": "queued",
    "template": "kemusan",
    "attempt": 1,
    "error_code": None,
    "reason_codes": [],
    "changed_at": _MOMENT,
    "address": "/api/v1/jobs/8f1c2b7e-41d0-4c5b-9a57-2f6c7c0e5d31",
}


@dataclass(frozen=True)
class EventType:
    """One kind of event. is_staff_only: told to endpoints for all accounts only, not to the owner's.
    is_for_all: of what everybody may see, so every endpoint is told.
    """

    label: Any
    example: Mapping[str, Any]
    is_staff_only: bool = False
    is_for_all: bool = False


EVENT_TYPES: dict[str, EventType] = {
    "job.queued": EventType(
        _("A job waits for a worker: just submitted, or its pictures were accepted."), _JOB
    ),
    "job.started": EventType(
        _("A worker began with a job, or began again after the work was interrupted."),
        {**_JOB, "state": "running"},
    ),
    "job.in_review": EventType(
        _("A job's result waits for a moderator."),
        {**_JOB, "state": "in_review", "reason_codes": ["sexual_nudity"]},
    ),
    "job.succeeded": EventType(_("A job's result can be fetched."), {**_JOB, "state": "succeeded"}),
    "job.rejected": EventType(
        _("Moderation refused a job, its result or one of its pictures, also after it had succeeded."),
        {**_JOB, "state": "rejected", "reason_codes": ["sexual_explicit"]},
    ),
    "job.failed": EventType(
        _("A job failed; another attempt does not follow."),
        {**_JOB, "state": "failed", "attempt": 3, "error_code": "attempts_exhausted"},
    ),
    "job.cancelled": EventType(_("A job was cancelled."), {**_JOB, "state": "cancelled"}),
    "moderation.decision.made": EventType(
        _("Moderation decided about a piece of content, or changed a decision."),
        {
            "decision": "3b5d7a52-5d0f-4d60-8f0c-0b8f4d7b2a10",
            "subject": _SUBJECT,
            "verdict": "block",
            "reasons": _REASONS,
            "decided_by": "person",
            "overrides": None,
            "statement": "9a3f1c66-1f4e-4f0a-8f4f-2a7f6a0f3c55",
            "decided_at": _MOMENT,
        },
    ),
    "moderation.review.opened": EventType(
        _("A piece of content waits for a moderator."),
        {
            "item": "7c1b2f3a-9d0e-4a51-8a65-0b5a6f1d2e77",
            "subject": _SUBJECT,
            "category": "sexual_explicit",
            "severity": 4,
            "reasons": _REASONS,
            "due_at": "2026-03-01T12:56:07+00:00",
        },
        is_staff_only=True,
    ),
    "moderation.appeal.opened": EventType(
        _("Somebody appealed against a decision."),
        {
            "appeal": "5e2c9d14-7a6b-4f3e-b1d8-6c9a0e4f2b33",
            "decision": "3b5d7a52-5d0f-4d60-8f0c-0b8f4d7b2a10",
            "subject": _SUBJECT,
            "opened_at": _MOMENT,
        },
    ),
    "moderation.appeal.decided": EventType(
        _("An appeal was decided."),
        {
            "appeal": "5e2c9d14-7a6b-4f3e-b1d8-6c9a0e4f2b33",
            "decision": "3b5d7a52-5d0f-4d60-8f0c-0b8f4d7b2a10",
            "subject": _SUBJECT,
            "outcome": "overturned",
            "decided_at": _MOMENT,
        },
    ),
    "moderation.strike.issued": EventType(
        _("An account got a strike for refused content."),
        {
            "strike": "c2f8a1d0-3b47-4e95-9c6e-1d5b7f0a8e22",
            "decision": "3b5d7a52-5d0f-4d60-8f0c-0b8f4d7b2a10",
            "category": "sexual_explicit",
            "expires_at": "2026-05-30T12:41:07+00:00",
        },
    ),
    "moderation.account.suspended": EventType(
        _("An account may not upload or make anything for a while."),
        {
            "measure": "1f6d3e92-8c5a-47b0-a2e4-9b0c7d6f5a44",
            "level": "suspended",
            "until": "2026-03-31T12:41:07+00:00",
        },
    ),
    "moderation.consent.withdrawn": EventType(
        _("Consent was withdrawn; what was made of the portrait is taken down."),
        {
            "consent": "a4b8c6d2-0e1f-4a3b-9c5d-7e6f8a9b0c66",
            "subject": _SUBJECT,
            "taken_down": 3,
            "withdrawn_at": _MOMENT,
        },
    ),
    "moderation.policy.published": EventType(
        _("A new version of the moderation policy is in force."),
        {
            "policy": "e7d5c3b1-9f8e-4d7c-b6a5-4f3e2d1c0b88",
            "version": 4,
            "state": "live",
            "published_at": _MOMENT,
        },
        is_staff_only=True,
    ),
    "templates.template.published": EventType(
        _("A dance template is offered, or a new version of it."), _TEMPLATE, is_for_all=True
    ),
    "templates.template.retired": EventType(
        _("A dance template is no longer offered."), _TEMPLATE, is_for_all=True
    ),
    "report.ready": EventType(
        _("A scheduled report was made; its figures are in the event."),
        {
            "schedule": "6f0b7f2e-2f0c-4b8f-8a0e-0c6a0f6f2d11",
            "report": "usage_templates",
            "zone": "Asia/Shanghai",
            "data_to": "2026-03-02T09:00:00+08:00",
            "first_day": "2026-02-23",
            "last_day": "2026-03-01",
            "compared_first_day": "2026-02-16",
            "compared_last_day": "2026-02-22",
            "filters": {"engine": "animation"},
            "is_demo": False,
            "rows": [{"template": "科目三", "rank": 1, "submitted": 5120, "share": 24.3}],
            "row_count": 182,
            "totals": {"submitted": 21068},
            "address": "/api/v1/reports/usage_templates?since=2026-02-23&until=2026-03-01"
            "&compare=previous&engine=animation",
        },
        is_staff_only=True,
    ),
    "webhook.test": EventType(
        _("A test that somebody asked for; it tells of nothing."), {"message": "It works."}
    ),
}
