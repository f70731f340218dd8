"""rows_act_on: one step on many versions or templates, each in its own transaction, each told by itself."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import OperationalError, models, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.errors import AppError

BULK_LIMIT = 200


class BulkTooLarge(AppError):
    """Details: limit, got."""

    code = "bulk_too_large"
    http_status = 400
    default_message = _("Choose at most 200 at once.")


@dataclass(frozen=True)
class BulkOutcome:
    """What became of one row. code: "" when it went well, else the fault's; message: the same for people."""

    row: models.Model
    code: str = ""
    message: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        return not self.code


def rows_act_on(rows: Sequence[models.Model], act: Callable[[Any], object]) -> list[BulkOutcome]:
    """Run a service on each row; one that is refused takes nothing back of the others.

    A row that the database is too busy for is tried once more. Raises BulkTooLarge.
    """
    if len(rows) > BULK_LIMIT:
        raise BulkTooLarge(details={"limit": BULK_LIMIT, "got": len(rows)})
    return [_outcome(row, act) for row in rows]


def _outcome(row: models.Model, act: Callable[[Any], object]) -> BulkOutcome:
    try:
        try:
            _alone(row, act)
        except OperationalError:
            row.refresh_from_db()
            _alone(row, act)
    except AppError as error:
        return BulkOutcome(row, error.code, gettext(str(error.message)), error.details)
    except ValidationError as error:
        return BulkOutcome(row, "invalid_request", " ".join(error.messages))
    except OperationalError:
        return BulkOutcome(row, "busy", gettext("The database was busy; try it again."))
    return BulkOutcome(row)


@transaction.atomic
def _alone(row: models.Model, act: Callable[[Any], object]) -> None:
    act(row)


def counts_of(outcomes: Iterable[BulkOutcome]) -> tuple[int, int]:
    """How many went well, and how many did not."""
    done = [outcome.is_done for outcome in outcomes]
    return sum(done), len(done) - sum(done)
