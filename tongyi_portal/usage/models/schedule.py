"""ReportSchedule: a report that comes by itself; ReportRecipient: to whom; ReportSending: each time."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.models import TimestampedModel, UuidModel
from tongyi_portal.usage.states import SendingState


class Rhythm(models.TextChoices):
    DAILY = "daily", _("every day")
    WEEKLY = "weekly", _("every week")
    MONTHLY = "monthly", _("every month")


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Channel(models.TextChoices):
    MAIL = "mail", _("mail")
    WEBHOOK = "webhook", _("webhook")


class MailLanguage(models.TextChoices):
    CHINESE = "zh-hans", "简体中文"
    ENGLISH = "en", _("English")


class ReportSchedule(UuidModel, TimestampedModel):
    """One report, asked with the same question again and again.

    query: the parameters of its address (preset, compare, filters). hour: in the site's zone. weekday: of a
    weekly one. month_day: of a monthly one, 1 to 28. due_at: the next time; moved on by a compare-and-set
    together with the ReportSending that it leads to, so each time leads to one.
    """

    report_key = models.CharField(_("report"), max_length=60)
    query = models.JSONField(_("question"), default=dict, blank=True)
    rhythm = models.CharField(_("rhythm"), max_length=8, choices=Rhythm.choices, default=Rhythm.DAILY)
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices, default=Weekday.MONDAY)
    month_day = models.PositiveSmallIntegerField(_("day of the month"), default=1)
    hour = models.PositiveSmallIntegerField(_("hour"), default=9)
    channel = models.CharField(_("way"), max_length=8, choices=Channel.choices, default=Channel.MAIL)
    is_paused = models.BooleanField(_("paused"), default=False)
    due_at = models.DateTimeField(_("next time"), db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        editable=False,
        verbose_name=_("by"),
    )

    class Meta:
        verbose_name = _("scheduled report")
        verbose_name_plural = _("scheduled reports")
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(hour__lte=23), name="usage_schedule_hour"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="usage_schedule_weekday"),
            models.CheckConstraint(
                condition=Q(month_day__gte=1, month_day__lte=28), name="usage_schedule_month_day"
            ),
            models.CheckConstraint(condition=Q(rhythm__in=Rhythm.values), name="usage_schedule_rhythm"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="usage_schedule_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.report_key} {self.rhythm}"


class ReportRecipient(models.Model):
    """A member of staff who gets it by mail. language: of the mail; empty for the recipient's own."""

    schedule = models.ForeignKey(
        ReportSchedule, models.CASCADE, related_name="recipients", verbose_name=_("scheduled report")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("recipient")
    )
    language = models.CharField(_("language"), max_length=8, choices=MailLanguage.choices, blank=True)

    class Meta:
        verbose_name = _("recipient of a report")
        verbose_name_plural = _("recipients of reports")
        constraints = [
            models.UniqueConstraint(fields=["schedule", "user"], name="usage_recipient_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.language}"

    @property
    def mail_language(self) -> str:
        """The one that was chosen, else the one in which they signed in last, else the site's."""
        return self.language or self.user.language or settings.LANGUAGE_CODE


class ReportSending(UuidModel, TimestampedModel):
    """A time at which a report was due, or was wanted at once, and what became of it.

    A worker takes it by a compare-and-set from WAITING and tries each recipient once: nobody gets a report
    twice, and what failed is told in `faults`, by recipient, until a person tries those again.

    due_at: unique in a schedule. is_by_hand: somebody pressed "send now". done: ids of the recipients
    who got it, written after each. faults: [{"user": id or "", "name": to be shown, "code": stable code}].
    """

    schedule = models.ForeignKey(
        ReportSchedule, models.CASCADE, related_name="sendings", verbose_name=_("scheduled report")
    )
    due_at = models.DateTimeField(_("due at"))
    state = models.CharField(
        _("state"), max_length=8, choices=SendingState.choices, default=SendingState.WAITING
    )
    is_by_hand = models.BooleanField(_("by hand"), default=False)
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    done = models.JSONField(_("reached"), default=list)
    faults = models.JSONField(_("faults"), default=list)

    class Meta:
        verbose_name = _("sending of a report")
        verbose_name_plural = _("sendings of reports")
        ordering = ["-due_at"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "due_at"], name="usage_sending_once"),
            models.CheckConstraint(condition=Q(state__in=SendingState.values), name="usage_sending_state"),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="usage_sendings_open")]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.due_at}"
