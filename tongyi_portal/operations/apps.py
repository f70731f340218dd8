"""AppConfig: connects what counts and what is asked to count."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongyi_portal.settings import env


class OperationsConfig(AppConfig):
    name = "tongyi_portal.operations"
    label = "operations"
    verbose_name = _("Operations")

    def ready(self) -> None:
        # Read when prometheus_client is first imported: each process then counts in files of its own.
        env.hand_on("PROMETHEUS_MULTIPROC_DIR", str(settings.METRICS_DIR))
        from tongyi_portal.common import task_log
        from tongyi_portal.operations import error_reports, receivers, tracing, worker_exporter

        task_log.connect()
        receivers.connect()
        worker_exporter.connect()
        tracing.install()
        error_reports.install()
