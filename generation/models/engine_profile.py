"""EngineProfile: which engine serves a kind of job, and with which parameters."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.models import TimestampedModel, UuidModel


class EngineProfile(UuidModel, TimestampedModel):
    """One engine offered for one kind. The default one is used; a disabled one is never used.

    params: {"threads": 1 to 64} CPU threads for one run, when they shall differ from the setting.
    """

    kind = models.CharField(_("kind"), max_length=40)
    engine_key = models.CharField(_("engine"), max_length=40)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    is_default = models.BooleanField(_("default"), default=False)
    params = models.JSONField(_("parameters"), default=dict, blank=True)

    class Meta:
        verbose_name = _("engine profile")
        verbose_name_plural = _("engine profiles")
        ordering = ["kind", "engine_key"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "engine_key"], name="engine_profile_unique"),
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(is_default=True), name="engine_profile_one_default"
            ),
            models.CheckConstraint(
                condition=models.Q(is_default=False) | models.Q(is_enabled=True),
                name="engine_profile_default_is_enabled",
            ),
        ]

    def clean(self) -> None:
        threads = self.params.get("threads", 1) if isinstance(self.params, dict) else None
        if not isinstance(threads, int) or not 1 <= threads <= 64 or set(self.params) - {"threads"}:
            raise ValidationError({"params": _("Only “threads”, a whole number from 1 to 64, can be set.")})

    def __str__(self) -> str:
        return f"{self.kind}: {self.engine_key}"
