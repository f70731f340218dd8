"""The dances that come with the product."""

from typing import Any

import pytest

from moderation.services import scanning
from templates_app.choreography import CHOREOGRAPHIES
from templates_app.models import DanceTemplate, TemplateVersion
from templates_app.services.seeding import CATEGORY_NAMES, TAG_NAMES, templates_seed
from tests.factories.scanners import COLOUR_AND_WORDS, PASSED
from tests.factories.templates import attach_previews, plain_clip, superuser
from tongyi_portal.common.errors import UnknownKey
from tongyi_portal.common.registry import LazyRegistry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def colour_scanner(monkeypatch: pytest.MonkeyPatch) -> None:
    table: LazyRegistry[Any] = LazyRegistry(COLOUR_AND_WORDS)
    monkeypatch.setattr(scanning, "SCANNERS", table)


def render(version: TemplateVersion) -> None:
    attach_previews(version, loop=plain_clip(PASSED))


def test_every_category_and_tag_has_names_in_both_languages() -> None:
    assert {dance.category for dance in CHOREOGRAPHIES.values()} <= set(CATEGORY_NAMES)
    assert {tag for dance in CHOREOGRAPHIES.values() for tag in dance.tags} <= set(TAG_NAMES)


def test_every_dance_is_published_once() -> None:
    by = superuser()
    rendered: list[str] = []

    def counting(version: TemplateVersion) -> None:
        rendered.append(version.template.slug)
        render(version)

    for _ in range(2):
        templates = templates_seed(by=by, publisher=superuser(), render_previews=counting)
    assert [template.slug for template in templates] == list(CHOREOGRAPHIES)
    assert all(template.is_live and template.is_demo for template in DanceTemplate.objects.all())
    assert rendered == list(CHOREOGRAPHIES)


def test_an_interrupted_run_is_taken_up_where_it_stopped() -> None:
    def interrupted(_version: TemplateVersion) -> None:
        raise KeyboardInterrupt

    by = superuser()
    with pytest.raises(KeyboardInterrupt):
        templates_seed(by=by, publisher=superuser(), render_previews=interrupted, only=["kemusan"])
    [template] = templates_seed(by=by, publisher=superuser(), render_previews=render, only=["kemusan"])
    assert template.is_live
    assert template.versions.count() == 1


def test_an_unknown_dance_is_refused() -> None:
    with pytest.raises(UnknownKey):
        templates_seed(by=superuser(), publisher=superuser(), render_previews=render, only=["no-such-dance"])
