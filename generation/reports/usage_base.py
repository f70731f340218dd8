"""What all reports on usage have in common: who reads them, filters, freshness, notes, names."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generation.engines import ENGINES
from generation.kinds import KINDS
from generation.kinds.base import library_kind
from templates_app.models import DanceTemplate
from tongyi_portal.accounts.models import ApiToken, Scope
from tongyi_portal.common import roles
from tongyi_portal.common.report_periods import Compare, Period, Preset
from tongyi_portal.common.reports import Asked, ChoiceFilter, Report, Row
from tongyi_portal.usage.local_slots import DAY, HALF, HOUR, QUARTER, local_slots
from tongyi_portal.usage.models import NONE
from tongyi_portal.usage.queries import Wanted, apps_seen, fresh_to, has_demo
from tongyi_portal.usage.shared_reads import shared_read
from tongyi_portal.usage.slots import hour_of

TEMPLATES_OFFERED = 200
STALE = timedelta(minutes=5)
DEMO = _("Demo data is counted in this period: nobody danced it.")
ONLY_DEMO = _("Only demo data is counted: nobody danced it.")
WITHOUT_DEMO = _("Demo data lies in this period and is left out.")


@cache
def library_kinds() -> tuple[str, ...]:
    """Kinds of jobs that are staff's work for the library."""
    return tuple(kind for kind in KINDS if library_kind(kind) is not None)


@shared_read
def apps_offered() -> list[tuple[str, Any]]:
    """Apps that ever had a person; one whose token is gone is told by the start of its id."""
    seen = apps_seen()
    names = dict(ApiToken.objects.filter(pk__in=seen).values_list("pk", "name"))
    return [
        (str(app), _("the portal's own pages") if app == NONE else names.get(app, f"{str(app)[:8]}…"))
        for app in seen
    ]


@shared_read
def templates_offered() -> list[tuple[str, Any]]:
    """The TEMPLATES_OFFERED most danced ones, by slug."""
    rows = DanceTemplate.objects.order_by("-popularity", "slug").only("slug", "name_zh", "name_en")
    return [(template.slug, template.name) for template in rows[:TEMPLATES_OFFERED]]


@shared_read
def template_id(slug: str) -> UUID:
    """The id that the sums know a template by."""
    return DanceTemplate.objects.values_list("pk", flat=True).get(slug=slug)


def engines_offered() -> list[tuple[str, Any]]:
    return [(key, key) for key in ENGINES]


APP = ChoiceFilter("app", _("app"), apps_offered)
TEMPLATE = ChoiceFilter("template", _("template"), templates_offered)
ENGINE = ChoiceFilter("engine", _("engine"), engines_offered)
DATA = ChoiceFilter(
    "demo",
    _("demo data"),
    lambda: [("with", _("counted, too")), ("without", _("left out")), ("only", _("nothing else"))],
    default="with",
    is_required=True,
)
IS_DEMO = {"without": False, "only": True}  # of Wanted
ONE_QUEUE = _("All videos stand in one queue, whatever their template.")
BY_HOURS = _("Sums of one template are kept by hours, and this needs quarters of an hour.")
NOT_SUMMED = _("It is not summed by template.")


class UsageReport(Report):
    """A report over the sums of usage. Staff's work for the library is left out unless `with_library`.

    not_narrowed: why its numbers cannot be narrowed by a filter of the page that it does not have, by key.
    """

    permissions = (roles.USAGE_VIEW,)
    scope = Scope.USAGE_READ.value
    default_preset = Preset.WEEK
    with_library = False
    not_narrowed: ClassVar[Mapping[str, Any]] = {}

    def wanted(self, asked: Asked, period: Period | None = None) -> Wanted:
        """The sums that a question is about: of its filters and its period, or another one."""
        period = period or asked.period
        app, slug = asked.choice("app"), asked.choice("template")
        return Wanted(
            since=period.since,
            until=min(period.until, max(asked.now, period.since)),
            app=UUID(app) if app else None,
            template=template_id(slug) if slug else None,
            engine=asked.choice("engine"),
            without=() if self.with_library else library_kinds(),
            is_demo=IS_DEMO.get(asked.choice("demo")),
        )

    def data_to(self, asked: Asked) -> datetime:
        return min(fresh_to() or asked.now, asked.now)

    def notes(self, asked: Asked, rows: Sequence[Row]) -> list[Any]:
        """What holds for each of them; a report adds its own."""
        notes: list[Any] = []
        fresh = fresh_to()
        if asked.period.until > asked.now and (fresh is None or fresh < asked.now - STALE):
            notes.append(_("The sums are behind: what happened lately is not counted yet."))
        if asked.compare != Compare.NONE:
            notes += self._like_with_like(asked)
        demo = demo_note(asked.choice("demo"), asked.period)
        if demo:
            notes.append(demo)
        return notes

    def comparison_end(self, asked: Asked) -> datetime | None:
        """The last full hour that is summed: a shorter slot that is open would meet a whole one."""
        return hour_of(self.data_to(asked))

    def _like_with_like(self, asked: Asked) -> list[str]:
        if asked.period.cut is not None:
            text = gettext("To be compared, both periods end at %(time)s, the last full hour of this one.")
            return [text % {"time": f"{local_now(asked.period.cut):%H:%M}"}]
        end = self.comparison_end(asked)
        if end is None or end > asked.period.since or not asked.period.is_running(asked.now):
            return []
        return [gettext("Not compared yet: no hour of the period is over.")]

    def counts_demo(self, asked: Asked) -> bool:
        chosen = asked.choice("demo")
        return chosen == "only" or (chosen != "without" and has_demo(asked.period.first, asked.period.last))


def demo_note(chosen: str, period: Period) -> Any:
    """What a reader must know of demo data in the numbers, or beside them; empty where there is none."""
    if chosen == "only":
        return ONLY_DEMO
    if not has_demo(period.first, period.last):
        return ""
    return WITHOUT_DEMO if chosen == "without" else DEMO


BY_DAY_FROM = 8  # days from which a row is a day
BY = ChoiceFilter(
    "by",
    _("a row for each"),
    lambda: [("hour", _("hour of the day")), ("time", _("hour or day of the period"))],
    default="hour",
    is_required=True,
)
Cells = Callable[[Any], Row]


class ClockReport(UsageReport):
    """Rows are hours of the day, or hours or days one after the other, as the filter BY says."""

    identity = ("slot",)

    def by_hour(self, wanted: Wanted) -> Cells | None:
        """What gives the cells of an hour of the day, 0 to 23; None where nothing was counted."""
        raise NotImplementedError

    def by_slot(self, wanted: Wanted, seconds: int) -> Cells:
        """What gives the cells of a slot, by its beginning on the local clock."""
        raise NotImplementedError

    def rows(self, asked: Asked) -> list[Row]:
        wanted = self.wanted(asked)
        if asked.choice("by") == "hour":
            of_hour = self.by_hour(wanted)
            if of_hour is None:
                return []
            return [{"slot": f"{hour:02}:00", "place": hour, **of_hour(hour)} for hour in range(24)]
        seconds = DAY if asked.period.days >= BY_DAY_FROM else HOUR
        of_slot = self.by_slot(wanted, seconds)
        return [
            {"slot": local_text(slot, seconds), "place": place, **of_slot(slot)}
            for place, slot in enumerate(local_slots(wanted.since, wanted.until, seconds))
        ]

    def row_key(self, row: Row) -> tuple[Any, ...]:
        return (row["place"],)

    @staticmethod
    def labels(asked: Asked, rows: Sequence[Row]) -> list[str]:
        """What stands below a chart of the rows: years are left out."""
        return [row["slot"] if asked.choice("by") == "hour" else row["slot"][5:] for row in rows]


def local_text(moment: datetime, seconds: int) -> str:
    """The beginning of a slot as it stands in tables."""
    return f"{moment:%Y-%m-%d}" if seconds >= DAY else f"{moment:%Y-%m-%d %H:%M}"


def local_now(moment: datetime) -> datetime:
    """A moment on the site's clock, without a zone, to be compared with slots."""
    return timezone.localtime(moment, timezone.get_default_timezone()).replace(tzinfo=None)


def grain_for(days: int, *, is_by_hours: bool) -> int:
    """How long a slot is, for a period of that many days, in seconds: some hundreds of slots at most."""
    if days > 14:
        return DAY
    if days > 7 or is_by_hours:
        return HOUR
    return HALF if days > 2 else QUARTER


@shared_read
def template_names(ids: tuple[UUID, ...]) -> dict[UUID, tuple[str, str]]:
    """Names in the reader's language and slugs of templates; of one that was deleted, its id."""
    rows = DanceTemplate.objects.filter(pk__in=ids).only("name_zh", "name_en", "slug")
    known = {template.pk: (template.name, template.slug) for template in rows}
    return {
        one: known.get(one) or (gettext("deleted (%(id)s)") % {"id": str(one)[:8]}, str(one)) for one in ids
    }


def part_of(count: int, whole: int) -> float | None:
    """A share in per cent; None of nothing."""
    return 100 * count / whole if whole else None
