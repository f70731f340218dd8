"""What happened while people danced: launches, policies and engines from their own rows, notes by hand."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Min
from django.utils.translation import gettext

from generation.engines import ENGINES
from generation.models import Job
from moderation.models import Policy
from templates_app.models import TemplateVersion
from tongyi_portal.usage.models import Annotation, AnnotationKind
from tongyi_portal.usage.shared_reads import shared_read

LAUNCH, POLICY, ENGINE = "launch", "policy", "engine"


@dataclass(frozen=True)
class Moment:
    """kind: launch, policy, engine, or that of a note by hand. note: the id of such a one."""

    at: datetime
    kind: str
    text: str
    note: UUID | None = None


@shared_read
def moments_between(since: datetime, until: datetime, is_demo: bool | None = None) -> list[Moment]:
    """All that is known of a period, in order of time, in the reader's language.

    is_demo: only what was made up, or nothing of it; None for both.
    """
    notes = Annotation.objects.filter(at__gte=since, at__lt=until)
    if is_demo is not None:
        notes = notes.filter(is_demo=is_demo)
    found = [Moment(note.at, note.kind, note.text, note.pk) for note in notes]
    if not is_demo:
        found += [*_launches(since, until), *_policies(since, until), *_engines(since, until)]
    return sorted(found, key=lambda moment: moment.at)


def moments_chosen(moments: list[Moment], most: int) -> list[Moment]:
    """At most so many: first those that somebody wrote down, then the newest others; in order of time."""
    by_weight = sorted(moments, key=lambda moment: (moment.note is not None, moment.at), reverse=True)
    return sorted(by_weight[:most], key=lambda moment: moment.at)


def kind_name(kind: str) -> str:
    """A kind of moment in the reader's language."""
    return {
        LAUNCH: gettext("launch"),
        POLICY: gettext("policy"),
        ENGINE: gettext("engine"),
        **{note.value: str(note.label) for note in AnnotationKind},
    }[kind]


def _launches(since: datetime, until: datetime) -> list[Moment]:
    versions = TemplateVersion.objects.filter(published_at__gte=since, published_at__lt=until)
    found = []
    for version in versions.select_related("template").only(
        "number", "published_at", "template__name_zh", "template__name_en"
    ):
        name = {"template": version.template.name, "number": version.number}
        text = (
            gettext("%(template)s went live.")
            if version.number == 1
            else gettext("%(template)s, version %(number)d, went live.")
        ) % name
        if version.published_at is not None:
            found.append(Moment(version.published_at, LAUNCH, text))
    return found


def _policies(since: datetime, until: datetime) -> list[Moment]:
    live = Policy.objects.filter(published_at__gte=since, published_at__lt=until)
    return [
        Moment(at, POLICY, gettext("Policy version %(version)d went live.") % {"version": version})
        for at, version in live.values_list("published_at", "version")
        if at is not None
    ]


def _engines(since: datetime, until: datetime) -> list[Moment]:
    """The first job of each version of an engine but its first; found by jumps in the index."""
    found = []
    for engine in ENGINES:
        begun = [(first, version) for version, first in _versions(engine)]
        for first, version in sorted(begun)[1:]:
            if since <= first < until:
                text = gettext("Engine %(engine)s: version %(version)s.")
                found.append(Moment(first, ENGINE, text % {"engine": engine, "version": version}))
    return found


def _versions(engine: str) -> list[tuple[str, datetime]]:
    found: list[tuple[str, datetime]] = []
    version = ""
    jobs = Job.objects.filter(engine_key=engine).order_by()
    while version := jobs.filter(engine_version__gt=version).aggregate(next=Min("engine_version"))["next"]:
        first = jobs.filter(engine_version=version).aggregate(first=Min("started_at"))["first"]
        if first is not None:
            found.append((version, first))
    return found
