"""WorkerBeat: a worker process as it last showed itself; LoadSample: queue and workers once a minute."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WorkerBeat(models.Model):
    """busy_since: when the job began that it works on, none while it is idle."""

    name = models.CharField(_("name"), max_length=120, primary_key=True)
    queue = models.CharField(_("queue"), max_length=20)
    seen_at = models.DateTimeField(_("seen at"))
    busy_since = models.DateTimeField(_("busy since"), null=True, blank=True)

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return self.name


class LoadSample(models.Model):
    """The state of the queue of jobs at one minute."""

    at = models.DateTimeField(_("minute"))
    queued = models.PositiveIntegerField(_("queued"))
    oldest_wait_ms = models.PositiveBigIntegerField(_("longest wait in milliseconds"), default=0)
    workers = models.PositiveIntegerField(_("workers"))
    busy = models.PositiveIntegerField(_("busy workers"))
    is_demo = models.BooleanField(_("demo data"), default=False)

    class Meta:
        verbose_name = _("load of a minute")
        verbose_name_plural = _("load of minutes")
        constraints = [models.UniqueConstraint(fields=["at", "is_demo"], name="usage_load_once")]

    def __str__(self) -> str:
        return f"{self.at}: {self.queued}"
