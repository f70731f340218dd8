"""Making and changing templates, categories and tags."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from moderation.models import ReviewItem, ScanRun
from templates_app.models import DanceTemplate, TemplateVersion
from templates_app.services.publishing import VersionNotCleared, version_publish
from templates_app.services.scheduling import version_schedule
from templates_app.services.templates import (
    TemplateWordsRefused,
    category_ensure,
    shelf_save,
    tag_ensure,
    template_create,
    template_update,
)
from templates_app.states import VersionState
from templates_app.subjects import TemplateVersionSubject
from tests.factories.accounts import user_with
from tests.factories.templates import (
    CategoryFactory,
    TagFactory,
    TemplateFactory,
    cleared_version,
    give_rights,
    superuser,
    version_of,
)
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


@pytest.mark.parametrize("name", ["\u200b\u200b", "\u3164", "\u202e", " \u200d\ufe0f ", "\u2800\u00ad"])
def test_a_name_of_which_nothing_is_seen_is_refused(name: str) -> None:
    curator, template = user_with(roles.CURATOR), TemplateFactory()
    for act in (
        lambda: template_create(by=curator, slug="x", name_zh=name, name_en="X", category=template.category),
        lambda: template_update(template=template, by=curator, name_en=name),
    ):
        with pytest.raises(ValidationError, match="can be seen"):
            act()
    assert not DanceTemplate.objects.filter(slug="x").exists()


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


BETTING = "赌场之夜"  # a starter list has the word; it asks for a person
OFFER = "出售冰毒"  # blocked


def judged_version(state: VersionState = VersionState.IN_REVIEW) -> TemplateVersion:
    """A version that moderation has cleared; live when so asked."""
    version = version_of()
    give_rights(version)
    now = timezone.now()
    published = now if state == VersionState.PUBLISHED else None
    TemplateVersion.objects.filter(pk=version.pk).update(state=state, cleared_at=now, published_at=published)
    version.refresh_from_db()
    return version


def test_doubtful_words_take_a_scheduled_version_off_its_schedule() -> None:
    version = cleared_version()
    at = timezone.now() + timedelta(days=1)
    version_schedule(version=version, by=superuser(), publish_at=at)
    template_update(template=version.template, by=superuser(), description_zh=BETTING)
    version.refresh_from_db()
    assert (version.state, version.cleared_at) == (VersionState.IN_REVIEW, None)
    assert version.publish_at == at  # it is told among those that should have gone live


@pytest.mark.parametrize("words", [BETTING, OFFER])
def test_words_that_do_not_pass_never_reach_a_live_template(words: str) -> None:
    template = judged_version(VersionState.PUBLISHED).template
    with pytest.raises(TemplateWordsRefused) as refusal:
        template_update(template=template, by=superuser(), name_zh=words)
    assert refusal.value.details["reasons"] == ["regulated_goods"]
    assert DanceTemplate.objects.get(pk=template.pk).name_zh != words
    assert not ReviewItem.objects.exists()


def test_doubtful_words_of_a_template_that_is_not_live_wait_for_a_reviewer() -> None:
    version = judged_version()
    template_update(template=version.template, by=superuser(), description_zh=BETTING)
    with pytest.raises(VersionNotCleared):
        version_publish(version=version, by=superuser())
    assert ReviewItem.objects.get().subject_id == version.pk
    TemplateVersionSubject().on_decision(version.pk, approved=True, reason_codes=[])
    assert version_publish(version=version, by=superuser()).state == VersionState.PUBLISHED


def test_new_words_that_pass_are_recorded_and_other_changes_are_not_judged() -> None:
    version = judged_version(VersionState.PUBLISHED)
    template_update(template=version.template, by=superuser(), position=3)
    assert not ScanRun.objects.exists()
    template_update(template=version.template, by=superuser(), name_en="Another dance")
    assert ScanRun.objects.get(purpose="admission").subject_id == version.pk


def test_names_of_categories_and_tags_are_judged_before_anybody_reads_them() -> None:
    tag = TagFactory()
    tag.name_zh = OFFER
    with pytest.raises(TemplateWordsRefused):
        shelf_save(shelf=tag, by=superuser())
    tag.name_zh = "民族舞"
    shelf_save(shelf=tag, by=superuser())
    assert type(tag).objects.get(pk=tag.pk).name_zh == "民族舞"
