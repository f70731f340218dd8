"""Events, the sums made of them, what workers say of themselves; annotations and scheduled reports."""

from tongyi_portal.usage.models.annotation import Annotation, AnnotationKind
from tongyi_portal.usage.models.event import DaySalt, UsageEvent, UsageKind
from tongyi_portal.usage.models.mark import BEGINNING, EventCorrection, LateHour, RollupMark
from tongyi_portal.usage.models.rollup import (
    HOURS_OF_DAY,
    NONE,
    TEMPLATE_KINDS,
    DayPersons,
    DayReason,
    DaySubject,
    DayTemplate,
    DayTime,
    DayTotal,
    HourReason,
    HourTemplate,
    HourTime,
    LoadQuarter,
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
    "HOURS_OF_DAY",
    "NONE",
    "TEMPLATE_KINDS",
    "Annotation",
    "AnnotationKind",
    "Channel",
    "DayPersons",
    "DayReason",
    "DaySalt",
    "DaySubject",
    "DayTemplate",
    "DayTime",
    "DayTotal",
    "EventCorrection",
    "HourReason",
    "HourTemplate",
    "HourTime",
    "LateHour",
    "LoadQuarter",
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
