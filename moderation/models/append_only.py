"""AppendOnlyModel: rows that are written once. The database holds the same line (see evidence_locks)."""

from collections.abc import Iterable
from typing import Any, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _


class AppendOnlyViolation(Exception):
    """Somebody tried to change or delete evidence. A fault of the code, so it has no code for callers."""


def _refuse(what: str) -> NoReturn:
    raise AppendOnlyViolation(f"{what} is evidence: it is written once, never changed or deleted.")


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """A query set that reads and creates, nothing else."""

    def update(self, **kwargs: Any) -> NoReturn:
        _refuse(f"{self.model.__name__}.update({', '.join(kwargs)})")

    def delete(self) -> NoReturn:
        _refuse(f"{self.model.__name__}.delete()")

    def bulk_update(
        self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None
    ) -> NoReturn:
        del objs, batch_size
        _refuse(f"{self.model.__name__}.bulk_update({', '.join(fields)})")


class AppendOnlyModel(models.Model):
    """Base of evidence: a second `save` and every `delete` raise AppendOnlyViolation."""

    created_at = models.DateTimeField(_("created at"), auto_now_add=True, db_index=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            _refuse(f"{type(self).__name__} {self.pk}")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        del args, kwargs
        _refuse(f"{type(self).__name__} {self.pk}")
