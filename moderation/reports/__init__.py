"""All reports of the moderation app, in the order in which they are listed."""

from moderation.reports.agreement import Agreement
from moderation.reports.appeals import Appeals
from moderation.reports.backlog import Backlog
from moderation.reports.decision_times import DecisionTimes
from moderation.reports.exposure import Exposure
from moderation.reports.reviewer_work import ReviewerWork
from moderation.reports.rule_precision import RulePrecision
from moderation.reports.scanner_precision import ScannerPrecision
from moderation.reports.term_precision import TermPrecision
from tongyi_portal.common.reports import report_register

for _report in (
    Backlog,
    DecisionTimes,
    ScannerPrecision,
    RulePrecision,
    TermPrecision,
    Agreement,
    ReviewerWork,
    Exposure,
    Appeals,
):
    report_register(_report)
