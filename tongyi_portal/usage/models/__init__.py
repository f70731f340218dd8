"""Events, the sums made of them, and what workers say of themselves."""

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
from tongyi_portal.usage.models.worker import LoadSample, WorkerBeat

__all__ = [
    "BEGINNING",
    "NONE",
    "DayPersons",
    "DaySalt",
    "DaySubject",
    "DayTemplate",
    "HourReason",
    "HourTemplate",
    "HourTime",
    "LateHour",
    "LoadSample",
    "Measure",
    "QuarterTotal",
    "RollupMark",
    "UsageEvent",
    "UsageKind",
    "WorkerBeat",
]
