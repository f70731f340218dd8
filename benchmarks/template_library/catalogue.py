"""Times the catalogue with thousands of templates against a plain REST framework list of the same rows.

For one database: PostgreSQL (on the server of BENCH_DATABASE_URL, postgres://postgres@127.0.0.1/postgres, in
a database of its own that is dropped afterwards) or SQLite. Fills a library in bulk, then asks in turns,
through the whole stack of middleware, authentication and rendering, for a page of the twin and for what the
catalogue answers, and compares each answer with the twin's just before it. The twin is a ListAPIView with
ModelSerializers of the same fields, the same token, page size and prefetches, the same large columns left
out, one serializer for all previews, and REST framework's cursor over the slug. benchmarks/templates.py runs
this file once a database, in a process of its own: Django is set up for one only.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1/postgres")
DATABASES = ("postgresql", "sqlite")
RATIOS = ("list_ratio_to_twin", "second_page_ratio_to_twin", "search_ratio_to_twin", "not_modified_ratio")
BATCH = 1000
PAGE = 30
LIST = "/api/v1/templates"
SEARCHES = {"zh": "舞步", "pinyin": "wubu", "en": "dance"}
RARE = {"rare_zh": "科目三", "rare_pinyin": "kemusan", "rare_words": "ke mu san", "none": "zzzz"}


def catalogue_figures(
    databases: Sequence[str], *, templates: int, rounds: int, explain: bool = False
) -> dict[str, Any]:
    """Median ratios to the twin, the worst of the databases; under each one's name all its figures."""
    each = {}
    for database in databases:
        command = [sys.executable, __file__, f"--templates={templates}", f"--rounds={rounds}", database]
        done = subprocess.run(
            command + ["--explain"] * explain, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT
        )
        each[database] = json.loads(done.stdout.strip().splitlines()[-1])
        print(f"{database}: {json.dumps(each[database])}")
    worst = {name: max(figures[name] for figures in each.values()) for name in RATIOS}
    return {"templates": templates, **worst, **each}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("database", choices=DATABASES)
    parser.add_argument("--templates", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--explain", action="store_true", help="print the plans of the queries")
    print(json.dumps(_run(parser.parse_args())))


def _run(options: argparse.Namespace) -> dict[str, Any]:
    with _database(options.database) as url:
        _set_up(url)
        started = time.perf_counter()
        _fill(options.templates)
        print(f"filled in {time.perf_counter() - started:.1f} s", file=sys.stderr)
        if options.explain:
            _explain()
        return _measure(options)


@contextmanager
def _database(kind: str) -> Iterator[str]:
    """The address of an empty database that is gone afterwards."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/library.sqlite3"
        return
    name = f"bench_library_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield SERVER.rsplit("/", 1)[0] + f"/{name}"
        finally:
            with suppress(ImportError):
                from django.db import connections

                connections.close_all()
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _set_up(url: str) -> None:
    os.environ["DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "tongyi_portal.settings.test"
    sys.path.insert(0, str(ROOT))
    import logging

    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    logging.disable(logging.INFO)
    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    asks = _asks()
    times: dict[str, list[float]] = {name: [] for name in asks}
    ratios: dict[str, list[float]] = {name: [] for name in asks if name != "twin"}
    for turn in range(options.rounds + 3):
        for name in ratios:
            _twin, twin_ms = _timed(asks["twin"])  # just before, so that both meet the same load
            _answer, milliseconds = _timed(asks[name])
            if turn >= 3:  # the first rounds fill caches
                times["twin"].append(twin_ms)
                times[name].append(milliseconds)
                ratios[name].append(milliseconds / twin_ms)
    medians = {name: statistics.median(values) for name, values in times.items()}
    to_twin = {name: round(statistics.median(values), 3) for name, values in ratios.items()}
    slowest = max(SEARCHES, key=lambda name: to_twin[f"search_{name}"])
    return {
        "list_ratio_to_twin": to_twin["list"],
        "second_page_ratio_to_twin": to_twin["second_page"],
        "search_ratio_to_twin": to_twin[f"search_{slowest}"],
        "not_modified_ratio": to_twin["not_modified"],
        "search_ms": round(medians[f"search_{slowest}"], 2),
        **{f"{name}_ms": round(value, 2) for name, value in medians.items()},
        "console_templates_ms": _console_ms("dancetemplate"),
        "console_versions_ms": _console_ms("templateversion"),
        "load": round(os.getloadavg()[0] / (os.cpu_count() or 1), 2),
    }


def _asks() -> dict[str, Callable[[], Any]]:
    """What is timed, each checked once to answer what it is meant to."""
    from rest_framework.test import APIClient

    from templates_app.models import DanceTemplate
    from tests.factories.accounts import app_client

    client, _user = app_client()
    _add_twin()
    first = client.get(LIST)
    twin = client.get("/twin")
    assert set(first.json()["results"][0]) == set(twin.json()["results"][0]), "the twin shows something else"
    second = first.json()["next"]
    deep = second
    for _ in range(40):
        deep = client.get(deep).json()["next"]
    tag = first.headers["ETag"]
    slug = DanceTemplate.objects.values_list("slug", flat=True)[5000 % DanceTemplate.objects.count()]

    def get(path: str, status: int = 200, **headers: str) -> Callable[[], Any]:
        def ask(client: APIClient = client) -> Any:
            answer = client.get(path, headers=headers)
            assert answer.status_code == status, answer.content
            return answer

        return ask

    asks = {"twin": get("/twin"), "list": get(LIST), "second_page": get(second), "deep_page": get(deep)}
    for name, words in SEARCHES.items():
        asks[f"search_{name}"] = get(f"{LIST}?search={words}")
        assert len(asks[f"search_{name}"]().json()["results"]) == PAGE, words
    asks |= {f"search_{name}": get(f"{LIST}?search={words}") for name, words in RARE.items()}
    asks |= {f"sort_{name}": get(f"{LIST}?sort={name}") for name in ("popular", "trending", "newest")}
    asks |= {
        "detail": get(f"{LIST}/{slug}"),
        "categories": get("/api/v1/categories"),
        "not_modified": get(LIST, 304, **{"If-None-Match": tag}),
    }
    return asks


def _add_twin() -> None:
    """A list as one would write it on a first day, at /twin."""
    from django.urls import path
    from rest_framework import generics, serializers
    from rest_framework.pagination import CursorPagination

    from templates_app.models import Category, DanceTemplate, Preview, Tag
    from templates_app.states import VersionState
    from tongyi_portal import urls
    from tongyi_portal.accounts.models import Scope
    from tongyi_portal.common.permissions import HasScope

    class TwinCategory(serializers.ModelSerializer[Category]):
        class Meta:
            model = Category
            fields = ["slug", "name", "name_zh", "name_en"]

    class TwinTag(serializers.ModelSerializer[Tag]):
        class Meta:
            model = Tag
            fields = ["slug", "name", "name_zh", "name_en"]

    class TwinPreview(serializers.ModelSerializer[Preview]):
        url = serializers.SerializerMethodField()

        class Meta:
            model = Preview
            fields = ["id", "kind", "character", "mime", "width", "height", "byte_size", "url"]

        def get_url(self, preview: Preview) -> str:
            return str(self.context["request"].build_absolute_uri(f"/media/previews/{preview.pk}"))

    class TwinTemplate(serializers.ModelSerializer[DanceTemplate]):
        category, tags = TwinCategory(), TwinTag(many=True)
        version = serializers.IntegerField(source="live_version.number")
        duration_seconds = serializers.FloatField(source="live_version.duration_seconds")
        bpm = serializers.FloatField(source="live_version.bpm")
        people_count = serializers.IntegerField(source="live_version.people_count")
        body_style = serializers.CharField(source="live_version.body_style")
        is_loop = serializers.BooleanField(source="live_version.is_loop")
        has_music = serializers.BooleanField(source="live_version.music_key")
        is_featured = serializers.IntegerField(source="featured_position")
        published_at = serializers.DateTimeField(source="live_version.published_at")
        cover, loop, thumb = (serializers.SerializerMethodField() for _ in range(3))

        class Meta:
            model = DanceTemplate
            fields = [
                *("slug", "name", "name_zh", "name_en", "description", "category", "tags", "version"),
                *("duration_seconds", "bpm", "people_count", "body_style", "is_loop", "has_music"),
                *("is_featured", "published_at", "cover", "loop", "thumb"),
            ]

        def get_cover(self, template: DanceTemplate) -> Any:
            return self._first(template, "cover")

        def get_loop(self, template: DanceTemplate) -> Any:
            return self._first(template, "loop")

        def get_thumb(self, template: DanceTemplate) -> Any:
            return self._first(template, "thumb")

        def _first(self, template: DanceTemplate, kind: str) -> Any:
            assert template.live_version is not None
            found = [one for one in template.live_version.previews.all() if one.kind == kind]
            return self._previews.to_representation(found[0]) if found else None

        @cached_property
        def _previews(self) -> TwinPreview:
            """One for all rows, as the catalogue has it: one for each preview would triple the time."""
            return TwinPreview(context=self.context)

    class TwinPages(CursorPagination):
        ordering, page_size = "slug", PAGE

    class TwinList(generics.ListAPIView[DanceTemplate]):
        permission_classes = [*generics.ListAPIView.permission_classes, HasScope]
        scopes = {"GET": Scope.TEMPLATES_READ}
        serializer_class, pagination_class, filter_backends = TwinTemplate, TwinPages, []
        queryset = (
            DanceTemplate.objects.filter(live_version__state=VersionState.PUBLISHED)
            .select_related("category", "live_version")
            .defer("search_text", *(f"live_version__{name}" for name in ("edits", "beats", "analysis")))
            .prefetch_related("tags", "live_version__previews")
        )

    urls.urlpatterns.insert(0, path("twin", TwinList.as_view()))


def _console_ms(model: str) -> float:
    """The median of the console's list of all of them, opened by somebody who may do everything."""
    from django.test import Client

    from tests.factories.templates import superuser

    client = Client()
    client.force_login(superuser(), backend="django.contrib.auth.backends.ModelBackend")
    times = []
    for _ in range(5):
        answer, milliseconds = _timed(lambda: client.get(f"/console/templates_app/{model}/"))
        assert answer.status_code == 200
        times.append(milliseconds)
    return round(statistics.median(times), 1)


def _fill(count: int) -> None:
    """Templates of three versions at most, the last one live, on 12 shelves with 40 tags, as after a year."""
    from django.db import connection, transaction

    from templates_app.models import Category, DanceTemplate, Preview, RightsRecord, Tag, TemplateVersion
    from templates_app.services.revision import catalogue_changed

    chance = random.Random(3)
    shelves = [
        Category(slug=f"shelf-{n}", name_zh=f"分类{n}", name_en=f"Shelf {n}", position=n) for n in range(12)
    ]
    tags = [Tag(slug=f"tag-{n}", name_zh=f"{_chinese(chance, 2)}{n}", name_en=f"Tag {n}") for n in range(40)]
    Category.objects.bulk_create(shelves)
    Tag.objects.bulk_create(tags)
    for start in range(0, count, BATCH):
        made = [_template(chance, number, shelves) for number in range(start, min(start + BATCH, count))]
        with transaction.atomic():
            DanceTemplate.objects.bulk_create(made)
            versions = [version for template in made for version in _versions(chance, template)]
            TemplateVersion.objects.bulk_create(versions)
            for version in versions:
                if version.state == "published":
                    version.template.live_version = version
            DanceTemplate.objects.bulk_update(made, ["live_version"], batch_size=250)
            through = DanceTemplate.tags.through
            through.objects.bulk_create(
                through(dancetemplate_id=template.pk, tag_id=tag.pk)
                for template in made
                for tag in chance.sample(tags, chance.randrange(1, 5))
            )
            Preview.objects.bulk_create(_previews(versions))
            RightsRecord.objects.bulk_create(
                RightsRecord(version=version, music_basis=chance.choice(("own", "none")))
                for version in versions
            )
    _index_words()
    catalogue_changed()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _index_words() -> None:
    from django.core.management import call_command

    call_command("search_rebuild", stdout=sys.stderr)


def _template(chance: random.Random, number: int, shelves: list[Any]) -> Any:
    from templates_app.models import NOT_FEATURED, DanceTemplate

    name = "科目三" if number == 4321 else _chinese(chance, chance.randrange(2, 5))
    word = chance.choice(("Dance", "Steps", "Shuffle", "Wave", "Groove", "Point"))
    return DanceTemplate(
        slug=f"{word.lower()}-{number}",
        name_zh=name + chance.choice(("舞步", "舞", "", "操")),
        name_en=f"{chance.choice(('Happy', 'Blue', 'Lucky', 'Silver'))} {word} {number}",
        description_zh="".join(_chinese(chance, 6) for _ in range(5)),
        description_en=" ".join(chance.choice(_ENGLISH) for _ in range(18)),
        category=chance.choice(shelves),
        popularity=int(chance.paretovariate(0.8)) if chance.random() < 0.4 else 0,
        trend=round(chance.uniform(0.5, 2), 6) if chance.random() < 0.3 else 1.0,
        featured_position=number if number < 8 else NOT_FEATURED,
    )


_HAN = (
    "云月花风雪山水火木金舞歌乐梦星光春夏秋冬江河湖海龙凤虎鹤梅兰竹菊"
    "红黄蓝绿天地人心爱喜庆团圆快慢高低长短东南西北"
)
_ENGLISH = ("easy", "follow", "both", "arms", "time", "turn", "step", "kick", "left", "foot", "hips", "slow")


def _chinese(chance: random.Random, length: int) -> str:
    return "".join(chance.choice(_HAN) for _ in range(length))


def _versions(chance: random.Random, template: Any) -> Iterator[Any]:
    from datetime import timedelta

    from django.utils import timezone

    from templates_app.models import TemplateVersion

    newest = chance.randrange(1, 4)
    for number in range(1, newest + 1):
        moment = timezone.now() - timedelta(minutes=chance.randrange(500_000))
        yield TemplateVersion(
            template=template,
            number=number,
            state="published" if number == newest else "retired",
            fps=30,
            frame_count=300,
            duration_seconds=chance.uniform(4, 30),
            bpm=chance.choice((None, 90.0, 120.0)),
            body_style=chance.choice(("full", "full", "half")),
            is_loop=chance.random() < 0.5,
            pose_key=f"poses/{template.slug}-{number}.npz",
            pose_sha256="0" * 64,
            beats=[beat / 2 for beat in range(60)],
            cleared_at=moment,
            published_at=moment,
        )


def _previews(versions: list[Any]) -> Iterator[Any]:
    """A cover and a loop of three characters each, and a thumbnail, for each live version."""
    from templates_app.models import Preview

    kinds = [("cover", "image/jpeg"), ("loop", "video/mp4")]
    wanted = [(kind, mime, name) for kind, mime in kinds for name in ("tall", "short", "half")]
    for version in versions:
        if version.state != "published":
            continue
        for kind, mime, name in [*wanted, ("thumb", "image/webp", "tall")]:
            key = f"previews/{version.pk}/{kind}-{name}"
            yield Preview(
                version=version,
                kind=kind,
                character=name,
                key=key,
                mime=mime,
                width=432,
                height=768,
                byte_size=90_000,
                sha256="0" * 64,
            )


def _explain() -> None:
    from templates_app.api.paging import Place, PlacePagination
    from templates_app.models import NOT_FEATURED
    from templates_app.selectors import BEST_MATCH, ORDERS, templates_live, templates_search

    for name, order in ORDERS.items():
        print(f"-- {name}\n{templates_live(None).order_by(*order)[:PAGE].explain()}", file=sys.stderr)
    pages = PlacePagination()
    pages.order = ORDERS["featured"]
    later = pages._rows(templates_live(None), Place((NOT_FEATURED, 1000, "m"))).values_list("pk")[:PAGE]
    print(f"-- a later page\n{later.explain()}", file=sys.stderr)
    for words in (*SEARCHES.values(), *RARE.values()):
        found = templates_search(templates_live(None), words).order_by(*BEST_MATCH)[:PAGE]
        print(f"-- {words}\n{found.explain()}", file=sys.stderr)


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    result = act()
    return result, (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
