"""Making and changing templates, categories and tags."""

import pytest
from django.core.exceptions import ValidationError

from templates_app.models import DanceTemplate
from templates_app.services.templates import category_ensure, tag_ensure, template_create, template_update
from tests.factories.accounts import user_with
from tests.factories.templates import CategoryFactory, TagFactory, TemplateFactory
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.errors import PermissionRefused

pytestmark = pytest.mark.django_db


def make(by: User, slug: str = "kemusan") -> DanceTemplate:
    return template_create(
        by=by, slug=slug, name_zh="科目三", name_en="Kemusan", category=CategoryFactory(), tags=[TagFactory()]
    )


def test_a_curator_makes_a_template_that_is_not_live_yet() -> None:
    template = make(user_with(roles.CURATOR))
    assert (template.is_live, template.tags.count()) == (False, 1)


def test_two_templates_cannot_share_a_slug() -> None:
    curator = user_with(roles.CURATOR)
    make(curator)
    with pytest.raises(ValidationError):
        make(curator)


def test_names_can_change_and_the_slug_cannot() -> None:
    curator = user_with(roles.CURATOR)
    template = template_update(template=TemplateFactory(), by=curator, name_en="Other", tags=[])
    assert DanceTemplate.objects.get(pk=template.pk).name_en == "Other"
    with pytest.raises(ValueError, match="slug"):
        template_update(template=template, by=curator, slug="other")


def test_others_may_not() -> None:
    stranger = user_with(roles.APP)
    template = TemplateFactory()
    for attempt in (
        lambda: make(stranger),
        lambda: template_update(template=template, by=stranger, name_en="Other"),
        lambda: category_ensure(by=stranger, slug="a", name_zh="a", name_en="a"),
        lambda: tag_ensure(by=stranger, slug="a", name_zh="a", name_en="a"),
    ):
        with pytest.raises(PermissionRefused):
            attempt()
