"""Every permission constant and every role, and require(user, permission).

A permission is Django's own "app_label.codename"; custom codenames stand in the Meta.permissions of the model
they speak of. A role is a Group of that name, kept equal to this table after every migration.
"""

from typing import Any

from django.utils.translation import gettext_noop

from tongyi_portal.common.errors import PermissionRefused

TEMPLATE_EDIT = "templates_app.change_dancetemplate"  # write and upload templates
TEMPLATE_PUBLISH = "templates_app.publish_templateversion"  # make a version live, retire it
REVIEW_DECIDE = "moderation.decide_reviewitem"  # claim and decide items of the review queue
REVIEW_ESCALATED = "moderation.decide_escalated"  # decide escalated items, adjudicate
REVIEW_OVERRIDE = "moderation.override_decision"  # change a decision that was made
GOLD_MARK = "moderation.mark_golditem"  # make gold items, see how they are answered
QUEUE_CHANGE = "moderation.change_reviewqueue"  # change queues and due times, route items
MODERATION_CONFIGURE = "moderation.change_moderationsettings"  # change times, samples, limits
POLICY_PUBLISH = "moderation.publish_policy"  # make a policy version live
TERMS_EDIT = "moderation.change_termlist"  # word lists: add, change, import, switch on and off
BANKS_EDIT = "moderation.change_hashbank"  # hash banks: make them, add and remove entries
PEOPLE_MANAGE = "moderation.manage_people"  # strikes, measures, and acting for people on their data
JOB_OPERATE = "generation.operate_job"  # cancel, retry, requeue anybody's jobs, change engine profiles
USAGE_VIEW = "generation.view_usage"  # dashboard numbers and reports
USAGE_ANNOTATE = "usage.change_annotation"  # note beside the numbers what happened, take notes away
REPORT_SCHEDULE = "usage.change_reportschedule"  # have reports sent to staff and to webhooks
API_USE = "accounts.use_api"  # own API tokens
WEBHOOK_ALL = "webhooks.manage_all_endpoints"  # webhooks for everybody's events, and other accounts' webhooks

_READ_MODERATION = [
    f"moderation.view_{name}"
    for name in (
        *("reviewitem", "reviewqueue", "scanrun", "finding", "decision", "policy", "policyrule"),
        *("termlist", "term", "textsubmission"),
        *("hashbank", "bankentry"),
        *("policysimulation", "simulationchange", "rescan", "rescanchange", "shadowverdict"),
    )
]
_READ_PEOPLE = [
    f"moderation.view_{name}" for name in ("strike", "accountmeasure", "appeal", "statementofreasons")
]
_READ_GENERATION = [f"generation.view_{name}" for name in ("job", "artifact", "upload")]
_READ_TEMPLATES = [
    f"templates_app.view_{name}"
    for name in (
        *("dancetemplate", "templateversion", "category", "tag", "preview"),
        *("rightsrecord", "featuredslot", "covertest"),
    )
]
# Videos of people that are not published: for those who make templates of them, nobody else.
_READ_SOURCES = [f"templates_app.view_{name}" for name in ("motionvideo", "take")]

CURATOR, MODERATOR = gettext_noop("curator"), gettext_noop("moderator")
SENIOR_MODERATOR, ANALYST = gettext_noop("senior moderator"), gettext_noop("analyst")
OPERATOR, APP = gettext_noop("operator"), gettext_noop("app")
ROLES: dict[str, frozenset[str]] = {
    CURATOR: frozenset(
        [
            TEMPLATE_EDIT,
            TEMPLATE_PUBLISH,
            "templates_app.add_dancetemplate",
            *[f"templates_app.{verb}_{name}" for verb in ("add", "change") for name in ("category", "tag")],
            *_READ_TEMPLATES,
            *_READ_SOURCES,
        ]
    ),
    MODERATOR: frozenset([REVIEW_DECIDE, *_READ_MODERATION, *_READ_PEOPLE, *_READ_GENERATION]),
    SENIOR_MODERATOR: frozenset(
        [
            REVIEW_DECIDE,
            REVIEW_ESCALATED,
            REVIEW_OVERRIDE,
            GOLD_MARK,
            QUEUE_CHANGE,
            MODERATION_CONFIGURE,
            "moderation.add_reviewqueue",
            "moderation.delete_reviewqueue",
            "moderation.change_servicetarget",
            *[
                f"moderation.view_{name}"
                for name in ("servicetarget", "golditem", "reviewanswer", "moderationsettings")
            ],
            POLICY_PUBLISH,
            TERMS_EDIT,
            *[f"moderation.{verb}" for verb in ("add_termlist", "add_term", "change_term")],
            BANKS_EDIT,
            "moderation.add_hashbank",
            PEOPLE_MANAGE,
            "moderation.view_consentrecord",
            "moderation.view_erasurerequest",
            "moderation.add_policy",
            "moderation.change_policy",
            "moderation.add_policyrule",
            "moderation.change_policyrule",
            "moderation.delete_policyrule",
            "moderation.view_auditentry",
            *_READ_MODERATION,
            *_READ_PEOPLE,
            *_READ_GENERATION,
        ]
    ),
    ANALYST: frozenset(
        [USAGE_VIEW, USAGE_ANNOTATE, REPORT_SCHEDULE, *_READ_TEMPLATES, "generation.view_job"]
    ),
    OPERATOR: frozenset(
        [
            JOB_OPERATE,
            USAGE_VIEW,
            USAGE_ANNOTATE,
            REPORT_SCHEDULE,
            WEBHOOK_ALL,
            *[f"webhooks.view_{name}" for name in ("endpoint", "event", "delivery", "attempt")],
            "generation.change_engineprofile",
            "generation.view_engineprofile",
            *[f"generation.{verb}_queueshare" for verb in ("view", "add", "change", "delete")],
            *_READ_GENERATION,
            *[f"accounts.{verb}_apitoken" for verb in ("view", "add", "change")],
            "accounts.view_user",
        ]
    ),
    APP: frozenset([API_USE]),
}
STAFF_ROLES = frozenset(ROLES) - {APP}


def require(user: Any, permission: str) -> None:
    """Raise PermissionRefused unless `user` holds `permission` ("app_label.codename")."""
    if not user.has_perm(permission):
        raise PermissionRefused(details={"permission": permission})
