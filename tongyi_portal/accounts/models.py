"""User (custom from day one) and ApiToken (only its digest is stored)."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tongyi_portal.common.models import TimestampedModel, UuidModel


class User(UuidModel, AbstractUser):
    """Whoever signs in: staff, the account behind an app, or a studio guest without a password.

    language: in which a member of staff saw the page on which they signed in last; empty when not known.
    """

    is_guest = models.BooleanField(_("studio guest"), default=False)
    language = models.CharField(
        _("language"), max_length=10, blank=True, default="", db_default="", editable=False
    )

    class Meta(AbstractUser.Meta):
        permissions = [("use_api", gettext_noop("Can use the REST API with own tokens"))]


class Scope(models.TextChoices):
    """What a token may do."""

    UPLOADS_WRITE = "uploads:write", _("upload pictures")
    TEMPLATES_READ = "templates:read", _("read templates")
    TEMPLATES_WRITE = "templates:write", _("make and change templates")
    JOBS_READ = "jobs:read", _("read jobs and artifacts")
    JOBS_WRITE = "jobs:write", _("submit and cancel jobs")
    JOBS_OPERATE = "jobs:operate", _("see jobs that were given up, and put them back into the queue")
    MODERATION_CHECK = "moderation:check", _("have texts and pictures checked")
    MODERATION_READ = "moderation:read", _("read moderation: items, decisions, policies, numbers")
    MODERATION_REVIEW = "moderation:review", _("claim and decide review items")
    MODERATION_AUDIT = "moderation:audit", _("read and verify the audit chain")
    MODERATION_PEOPLE = "moderation:people", _("act for people: consents, erasures, copies of their data")
    MODERATION_CONFIGURE = (
        "moderation:configure",
        _("change lists, banks, queues, due times, gold items and settings of moderation"),
    )
    RIGHTS_READ = "rights:read", _("read own decisions, consents and appeals")
    RIGHTS_WRITE = "rights:write", _("appeal, give and withdraw consent, ask for erasure")
    USAGE_READ = "usage:read", _("read usage: reports, live numbers, annotations")
    USAGE_WRITE = "usage:write", _("write and delete annotations of usage")
    WEBHOOKS_WRITE = "webhooks:write", _("manage own webhooks")


class ApiToken(UuidModel, TimestampedModel):
    """A bearer token of an app. The secret (256 random bits) is shown once; `digest` is its SHA-256."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="api_tokens", verbose_name=_("owner"))
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(_("prefix"), max_length=12, editable=False)
    digest = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())
