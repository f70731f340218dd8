"""Templates are made and changed in the console by the same rules as everywhere."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from templates_app.models import DanceTemplate, TemplateVersion
from tests.factories.accounts import user_with
from tests.factories.templates import CategoryFactory, TagFactory, TemplateFactory, version_of
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
NO_VERSIONS = {"versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0"}


@pytest.fixture
def curator() -> Client:
    client = Client()
    client.force_login(
        user_with(roles.CURATOR, is_staff=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def fields(**changes: Any) -> dict[str, Any]:
    return {
        "name_zh": "科目三",
        "name_en": "Kemusan",
        "description_zh": "",
        "description_en": "",
        "category": CategoryFactory().pk,
        "tags": [TagFactory().pk],
        "position": 7,
        **NO_VERSIONS,
        **changes,
    }


def test_a_curator_makes_a_template_and_is_its_maker(curator: Client) -> None:
    page = curator.post(reverse("admin:templates_app_dancetemplate_add"), fields(slug="kemusan"))
    assert page.status_code == 302, page.context["adminform"].form.errors
    template = DanceTemplate.objects.get(slug="kemusan")
    assert str(template.created_by_id) == curator.session["_auth_user_id"]
    assert (template.position, template.tags.count()) == (7, 1)


def test_names_and_tags_change_and_the_slug_stays(curator: Client) -> None:
    template = TemplateFactory(slug="kemusan")
    address = reverse("admin:templates_app_dancetemplate_change", args=[template.pk])
    assert 'name="slug"' not in curator.get(address).content.decode()
    page = curator.post(address, fields(slug="other", name_en="Renamed"))
    assert page.status_code == 302, page.context["adminform"].form.errors
    template.refresh_from_db()
    assert (template.slug, template.name_en, template.tags.count()) == ("kemusan", "Renamed", 1)


def test_refused_words_are_told_above_the_form(curator: Client) -> None:
    template = version_of().template
    TemplateVersion.objects.update(state="in_review", cleared_at=timezone.now())
    address = reverse("admin:templates_app_dancetemplate_change", args=[template.pk])
    page = curator.post(address, fields(name_zh="出售冰毒"), follow=True)
    assert "does not let these words into the library" in page.content.decode()
    assert DanceTemplate.objects.get(pk=template.pk).name_zh != "出售冰毒"
    tag = TagFactory()
    address = reverse("admin:templates_app_tag_change", args=[tag.pk])
    page = curator.post(address, {"slug": tag.slug, "name_zh": "出售冰毒", "name_en": "x"}, follow=True)
    assert "does not let these words into the library" in page.content.decode()
