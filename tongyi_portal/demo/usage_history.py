"""demo_usage_make, demo_usage_ensure: weeks of made-up usage of the dances that are there."""

import uuid
from collections.abc import Callable
from datetime import datetime, time

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext, override

from templates_app.choreography import CHOREOGRAPHIES
from templates_app.models import DanceTemplate
from tongyi_portal.usage.history import HistoryPlan, history_launches, history_outage
from tongyi_portal.usage.models import Annotation, AnnotationKind
from tongyi_portal.usage.services.demo_history import usage_demo_is_present, usage_demo_write

LEADER = "kemusan"
DEMO_DAYS, DEMO_EVENTS = 63, 60_000  # nine weeks: a forecast looks at six, and at their level the week before
LEAST_TEMPLATES = 12


def demo_usage_make(
    *,
    days: int,
    events: int,
    seed: int,
    templates: int = 0,
    say: Callable[[str], object] = lambda _line: None,
) -> int:
    """Make up `days` days up to now of about `events` events; how many there are then.

    templates: how many; by default as many as the library has, and LEAST_TEMPLATES at least. Those of the
    library come first. Raises DemoHistoryPresent.
    """
    known = demo_template_ids()
    plan = HistoryPlan(
        until=timezone.localtime(timezone=timezone.get_default_timezone()),
        days=days,
        events=events,
        templates=templates or max(len(known), LEAST_TEMPLATES),
        seed=seed,
    )
    count = usage_demo_write(plan=plan, template_ids=known, say=say)
    _notes_write(plan, known)
    return count


def demo_usage_ensure() -> int:
    """The demo's history, unless there is one; how many events were written. Only dances that exist."""
    known = demo_template_ids()
    if usage_demo_is_present() or not known:
        return 0
    return demo_usage_make(days=DEMO_DAYS, events=DEMO_EVENTS, seed=1, templates=len(known))


def _notes_write(plan: HistoryPlan, known: list[uuid.UUID]) -> None:
    """What the history makes happen stands beside its numbers as notes, in the site's language."""
    names = {template.pk: template.name for template in DanceTemplate.objects.filter(pk__in=known)}
    with override(settings.LANGUAGE_CODE):
        notes = [
            Annotation(
                at=datetime.combine(day, time.min, plan.until.tzinfo),
                text=gettext("Made up: %(template)s went live.")
                % {"template": names[known[number]] if number < len(known) else gettext("a made-up dance")},
                is_demo=True,
            )
            for number, day in history_launches(plan).items()
        ]
        outage = history_outage(plan)
        if outage is not None:
            text = gettext("Made up: most workers stood still until %(time)s.") % {
                "time": f"{outage[1]:%H:%M}"
            }
            notes.append(Annotation(at=outage[0], kind=AnnotationKind.OUTAGE, text=text, is_demo=True))
    Annotation.objects.bulk_create(notes)


def demo_template_ids() -> list[uuid.UUID]:
    """The templates of the library: the leader, the product's dances in their order, then all others."""
    order = {slug: place for place, slug in enumerate([LEADER, *CHOREOGRAPHIES])} | {LEADER: 0}
    found = DanceTemplate.objects.values_list("slug", "pk")
    return [pk for _slug, pk in sorted(found, key=lambda one: (order.get(one[0], len(order)), one[0]))]
