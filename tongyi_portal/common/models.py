"""Abstract bases: UUID key and timestamps."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class UuidModel(models.Model):
    """A row whose key says nothing about how many rows there are."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class TimestampedModel(models.Model):
    """When the row was made and last changed, in UTC."""

    created_at = models.DateTimeField(_("created at"), auto_now_add=True, db_index=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        abstract = True
