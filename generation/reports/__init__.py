"""All reports on usage, in the order in which they are listed."""

from generation.reports.usage_capacity import UsageCapacity
from generation.reports.usage_funnel import UsageFunnel
from generation.reports.usage_heatmap import UsageHeatmap
from generation.reports.usage_peaks import UsageForecast, UsagePeaks
from generation.reports.usage_people import UsagePersons, UsageSubjects
from generation.reports.usage_reasons import UsageFailures, UsageRejections
from generation.reports.usage_templates import UsageTemplates
from generation.reports.usage_times import UsageTimes
from generation.reports.usage_volume import UsageVolume
from generation.reports.usage_workers import UsageWorkers
from tongyi_portal.common.reports import report_register

for _report in (
    UsageVolume,
    UsagePeaks,
    UsageForecast,
    UsageHeatmap,
    UsageTemplates,
    UsageTimes,
    UsageFunnel,
    UsageRejections,
    UsageFailures,
    UsageWorkers,
    UsageCapacity,
    UsageSubjects,
    UsagePersons,
):
    report_register(_report)
