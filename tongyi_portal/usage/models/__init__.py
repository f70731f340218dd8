"""Events, the sums made of them, what workers say of themselves; annotations and scheduled reports."""

from tongyi_portal.usage.models.annotation import Annotation, AnnotationKind
from tongyi_portal.usage.models.event import DaySalt, UsageEvent, UsageKind
from tongyi_portal.usage.models.mark import BEGINNING, LateHour, RollupMark
from tongyi_portal.usage.models.rollup import (
    NONE,
    DayPersons,
    DaySubject,
    DayTemplate,
    HourReason,
    HourTemplate,
    HourTime,
    Measure,
    QuarterTotal,
)
from tongyi_portal.usage.models.schedule import (
    Channel,
    MailLanguage,
    ReportRecipient,
    ReportSchedule,
    ReportSending,
    Rhythm,
    Weekday,
)
from tongyi_portal.usage.models.worker import LoadSample, WorkerBeat

__all__ = [
    "BEGINNING",
    "NONE",
    "Annotation",
    "AnnotationKind",
    "Channel",
    "DayPersons",
    "DaySalt",
    "DaySubject",
    "DayTemplate",
    "HourReason",
    "HourTemplate",
    "HourTime",
    "LateHour",
    "LoadSample",
    "MailLanguage",
    "Measure",
    "QuarterTotal",
    "ReportRecipient",
    "ReportSchedule",
    "ReportSending",
    "Rhythm",
    "RollupMark",
    "UsageEvent",
    "UsageKind",
    "Weekday",
    "WorkerBeat",
]
