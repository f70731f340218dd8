"""Sums of events and of samples of the load. A table is written by whole slots: one is deleted and written
anew in one transaction.

Hours and quarters of an hour begin in UTC; days are those of the site's zone. DayTotal, DayTime and DayReason
add up the sums of the quarters and hours that begin in the day: whole days are read from them. `app` is NONE
where an event has none, so that a slot's rows are unique on every database. Demo data has rows of its own.
"""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

NONE = uuid.UUID(int=0)
TEMPLATE_KINDS = ("submitted", "finished", "failed", "cancelled")  # what templates are told by


class Measure(models.TextChoices):
    WAIT = "wait", _("wait")
    RUN = "run", _("work")


class _Sum(models.Model):
    """What every sum is split by: app, kind of job and engine ("" for events without one).

    Staff's work for the library (pose_extract, template_preview) is told from people's videos by job_kind.
    """

    app = models.UUIDField(_("app"), default=NONE)
    job_kind = models.CharField(_("kind of job"), max_length=40, blank=True)
    engine = models.CharField(_("engine"), max_length=40, blank=True)
    is_demo = models.BooleanField(_("demo data"), default=False)
    count = models.PositiveBigIntegerField(_("count"))

    class Meta:
        abstract = True


class QuarterTotal(_Sum):
    """Events of one kind in 15 minutes."""

    quarter = models.DateTimeField(_("quarter of an hour"))
    kind = models.CharField(_("kind"), max_length=12)

    class Meta:
        verbose_name = _("total of a quarter of an hour")
        verbose_name_plural = _("totals of quarters of an hour")
        constraints = [
            models.UniqueConstraint(
                fields=["quarter", "kind", "app", "job_kind", "engine", "is_demo"], name="usage_quarter_once"
            )
        ]
        indexes = [models.Index(fields=["kind", "quarter"], name="usage_kind_quarters")]

    def __str__(self) -> str:
        return f"{self.quarter} {self.kind}: {self.count}"


class DayTotal(_Sum):
    """Events of one kind in a day."""

    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=12)

    class Meta:
        verbose_name = _("total of a day")
        verbose_name_plural = _("totals of days")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "kind", "app", "job_kind", "engine", "is_demo"], name="usage_day_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}: {self.count}"


class HourTemplate(_Sum):
    """Jobs with a template in an hour; kind: one of TEMPLATE_KINDS."""

    hour = models.DateTimeField(_("hour"))
    template = models.UUIDField(_("template"))
    kind = models.CharField(_("kind"), max_length=12)

    class Meta:
        verbose_name = _("total of an hour and a template")
        verbose_name_plural = _("totals of hours and templates")
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "template", "kind", "app", "job_kind", "engine", "is_demo"],
                name="usage_hour_template_once",
            )
        ]
        indexes = [models.Index(fields=["template", "hour"], name="usage_template_hours")]

    def __str__(self) -> str:
        return f"{self.hour} {self.template} {self.kind}: {self.count}"


class DayTemplate(_Sum):
    """What happened in a day with one template. run_ms: sum of what FINISHED jobs took.

    Of TEMPLATE_KINDS each has a column; count is of all kinds.
    """

    day = models.DateField(_("day"))
    template = models.UUIDField(_("template"))
    submitted = models.PositiveIntegerField(_("submitted"))
    finished = models.PositiveIntegerField(_("finished"))
    failed = models.PositiveIntegerField(_("failed"))
    cancelled = models.PositiveIntegerField(_("cancelled"))
    run_ms = models.PositiveBigIntegerField(_("work in milliseconds"), default=0)

    class Meta:
        verbose_name = _("total of a day and a template")
        verbose_name_plural = _("totals of days and templates")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "template", "app", "job_kind", "engine", "is_demo"],
                name="usage_day_template_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.template}: {self.count}"


class HourTime(_Sum):
    """How many waits (of STARTED) or runs (of FINISHED) of an hour fell into one bucket.

    bucket: floor(log(ms) / log(1.1)) for ms of at least 1, -1 for less, see histograms.py.
    """

    hour = models.DateTimeField(_("hour"))
    measure = models.CharField(_("measure"), max_length=4, choices=Measure.choices)
    bucket = models.SmallIntegerField(_("bucket"))

    class Meta:
        verbose_name = _("times of an hour")
        verbose_name_plural = _("times of hours")
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "measure", "bucket", "app", "job_kind", "engine", "is_demo"],
                name="usage_hour_time_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.hour} {self.measure} {self.bucket}: {self.count}"


class DayTime(_Sum):
    """How many waits or runs of a day fell into one bucket, as in HourTime; h00 to h23: by the local hour."""

    day = models.DateField(_("day"))
    measure = models.CharField(_("measure"), max_length=4, choices=Measure.choices)
    bucket = models.SmallIntegerField(_("bucket"))

    class Meta:
        verbose_name = _("times of a day")
        verbose_name_plural = _("times of days")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "measure", "bucket", "app", "job_kind", "engine", "is_demo"],
                name="usage_day_time_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.measure} {self.bucket}: {self.count}"


HOURS_OF_DAY = tuple(f"h{hour:02}" for hour in range(24))
for _hour in HOURS_OF_DAY:  # columns instead of rows: a day would have twenty times as many rows
    DayTime.add_to_class(_hour, models.PositiveIntegerField(_("hour of the day"), default=0))


class _Reason(_Sum):
    """Events that have a code: verdicts, faults of checks, errors."""

    kind = models.CharField(_("kind"), max_length=12)
    code = models.CharField(_("code"), max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    scanner = models.CharField(_("scanner"), max_length=40, blank=True)
    surface = models.CharField(_("surface"), max_length=20, blank=True)

    class Meta:
        abstract = True


_REASON_KEY = ("kind", "code", "reason", "scanner", "surface", "app", "job_kind", "engine", "is_demo")


class HourReason(_Reason):
    """Events of an hour that have a code."""

    hour = models.DateTimeField(_("hour"))

    class Meta:
        verbose_name = _("reasons of an hour")
        verbose_name_plural = _("reasons of hours")
        constraints = [models.UniqueConstraint(fields=["hour", *_REASON_KEY], name="usage_hour_reason_once")]

    def __str__(self) -> str:
        return f"{self.hour} {self.kind} {self.code}: {self.count}"


class DayReason(_Reason):
    """Events of a day that have a code."""

    day = models.DateField(_("day"))

    class Meta:
        verbose_name = _("reasons of a day")
        verbose_name_plural = _("reasons of days")
        constraints = [models.UniqueConstraint(fields=["day", *_REASON_KEY], name="usage_day_reason_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.kind} {self.code}: {self.count}"


class DaySubject(_Sum):
    """Events of a day by what the photo shows."""

    day = models.DateField(_("day"))
    subject_kind = models.CharField(_("kind of subject"), max_length=10)
    kind = models.CharField(_("kind"), max_length=12)

    class Meta:
        verbose_name = _("subjects of a day")
        verbose_name_plural = _("subjects of days")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "subject_kind", "kind", "app", "job_kind", "engine", "is_demo"],
                name="usage_day_subject_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.subject_kind} {self.kind}: {self.count}"


class DayPersons(models.Model):
    """How many different persons an app (NONE: the portal's own pages) had in a day."""

    day = models.DateField(_("day"))
    app = models.UUIDField(_("app"), default=NONE)
    is_demo = models.BooleanField(_("demo data"), default=False)
    count = models.PositiveBigIntegerField(_("count"))

    class Meta:
        verbose_name = _("persons of a day")
        verbose_name_plural = _("persons of days")
        constraints = [
            models.UniqueConstraint(fields=["day", "app", "is_demo"], name="usage_day_persons_once")
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.count}"


class LoadQuarter(models.Model):
    """The minutes of a quarter of an hour that were looked at; sums over them, but for the two longest.

    count: how many minutes. idle_while_queued: minutes of workers that stood idle while jobs waited.
    """

    quarter = models.DateTimeField(_("quarter of an hour"))
    is_demo = models.BooleanField(_("demo data"), default=False)
    count = models.PositiveIntegerField(_("minutes"))
    queued = models.PositiveBigIntegerField(_("queued"))
    queued_most = models.PositiveIntegerField(_("longest queue"))
    oldest_wait_ms = models.PositiveBigIntegerField(_("longest wait in milliseconds"))
    workers = models.PositiveBigIntegerField(_("workers"))
    busy = models.PositiveBigIntegerField(_("busy workers"))
    idle_while_queued = models.PositiveBigIntegerField(_("idle workers while jobs waited"))

    class Meta:
        verbose_name = _("load of a quarter of an hour")
        verbose_name_plural = _("load of quarters of an hour")
        constraints = [models.UniqueConstraint(fields=["quarter", "is_demo"], name="usage_load_quarter_once")]

    def __str__(self) -> str:
        return f"{self.quarter}: {self.count}"
