"""Templates and versions are made and changed in the console by the same rules as everywhere."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from generation.states import JobState
from moderation.models import AuditEntry
from templates_app.models import DanceTemplate, FeaturedSlot, RightsRecord, TemplateVersion
from templates_app.services.featuring import slot_add
from templates_app.services.motions import motion_create
from templates_app.services.publishing import version_retire
from templates_app.services.scheduling import version_fall, version_schedule
from templates_app.services.takes import take_of_version
from templates_app.states import VersionState
from templates_app.version_pages import bulk
from tests.factories.accounts import user_with
from tests.factories.generation import job_in
from tests.factories.templates import (
    CategoryFactory,
    TagFactory,
    TemplateFactory,
    cleared_version,
    live_template,
    ready_version,
    superuser,
    version_of,
)
from tongyi_portal.accounts.models import User
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


RIGHTS = {
    "source_basis": "own", "source_owner": "Us", "source_reference": "x", "music_basis": "none",
    "is_without_performers": "on", "reach": "some", "countries": ["CN", "JP"], "valid_until": "2099-12-31",
}  # fmt: skip


def page_of(version: TemplateVersion) -> str:
    return reverse("admin:templates_app_templateversion_change", args=[version.pk])


def act(client: Client, version: TemplateVersion, verb: str, **given: Any) -> str:
    answer = client.post(reverse("admin:version_act", args=[version.pk, verb]), given, follow=True)
    assert answer.redirect_chain == [(page_of(version), 302)]
    version.refresh_from_db()
    return str(answer.content.decode())


def test_the_page_of_a_version_says_what_it_lacks_and_offers_what_its_state_allows(curator: Client) -> None:
    page = curator.get(page_of(version_of())).content.decode()
    assert "Missing: a cover picture, a skeleton clip" in page
    assert "Hand in to moderation" in page
    assert "Publish now" not in page
    page = curator.get(page_of(cleared_version())).content.decode()
    assert "Publish now" in page
    assert "Moderation has cleared it." in page


def test_a_version_is_published_scheduled_retired_and_brought_back_in_the_console(curator: Client) -> None:
    version = cleared_version()
    assert "The version is scheduled." in act(curator, version, "schedule", publish_at="2099-01-01T08:00")
    assert version.publish_at is not None
    assert version.publish_at.isoformat() == "2099-01-01T00:00:00+00:00"  # typed in the site's zone
    assert "It must go live in the future." in act(
        curator, version, "schedule", publish_at="2020-01-01T08:00"
    )
    act(curator, version, "unschedule")
    assert "The version is live now." in act(curator, version, "publish")
    job_in(JobState.QUEUED, template_version=version)
    assert "1 video waits for this version" in curator.get(page_of(version)).content.decode()
    assert "The end was changed." in act(curator, version, "expiry", expire_at="2099-01-01T08:00")
    act(curator, version, "retire")
    assert version.state == VersionState.RETIRED
    page = act(curator, version, "publish")
    assert version.state == VersionState.PUBLISHED
    assert "version made live" in page


def test_a_version_that_is_handed_in_says_that_it_is_being_checked(curator: Client) -> None:
    version = ready_version()
    page = act(curator, version, "submit")
    assert "The version was handed in; it is being checked." in page
    assert "Its words and previews are being checked" in page
    assert "Hand in to moderation" not in page
    assert "The version was taken back from review." in act(curator, version, "withdraw")
    assert version.state == VersionState.READY


def test_dance_videos_and_takes_are_found_by_their_template_and_list_none(curator: Client) -> None:
    for slug in ("wave", "kemusan"):
        take_of_version(version=version_of(TemplateFactory(slug=slug, name_zh=slug)), by=superuser())
    address = reverse("admin:templates_app_take_changelist")
    page = curator.get(address, {"q": "kemusan"})
    assert [take.template.slug for take in page.context["cl"].result_list] == ["kemusan"]
    assert [spec.title for spec in page.context["cl"].filter_specs] == ["origin"]


def test_whoever_made_a_version_finds_no_button_that_publishes_it(curator: Client) -> None:
    version = cleared_version()
    TemplateVersion.objects.filter(pk=version.pk).update(created_by=curator.session["_auth_user_id"])
    page = curator.get(page_of(version)).content.decode()
    assert "somebody else must publish it" in page
    assert "Publish now" not in page
    assert "Whoever made, changed or handed in a version, or stated its rights, may not publish it" in act(
        curator, version, "publish"
    )
    assert version.state == VersionState.IN_REVIEW


def test_rights_are_stated_in_a_form_that_keeps_what_was_typed(curator: Client) -> None:
    version = version_of()
    address = reverse("admin:version_rights", args=[version.pk])
    refused = curator.post(address, {**RIGHTS, "music_title": "A song"})
    assert "This says something of music" in refused.content.decode()
    assert 'value="A song"' in refused.content.decode()
    assert not RightsRecord.objects.exists()
    assert curator.post(address, RIGHTS).status_code == 302
    record = RightsRecord.objects.get()
    assert (record.territory, record.missing) == (["CN", "JP"], [])
    second = version_of(version.template)
    assert "taken over from the version before" in act(curator, second, "copy-rights")
    assert "CN" in curator.get(page_of(second)).content.decode()


def test_lists_cut_long_file_names_and_tell_versions_of_one_name_apart(curator: Client) -> None:
    name = "long" * 40 + ".mp4"
    motion_create(template=TemplateFactory(), file_name=name, byte_size=10, by=superuser())
    version_of(template=TemplateFactory(slug="one-of-two"))
    videos = curator.get(reverse("admin:templates_app_motionvideo_changelist")).content.decode()
    assert f'<span class="portal-cut" title="{name}">' in videos
    versions = curator.get(reverse("admin:templates_app_templateversion_changelist")).content.decode()
    assert "<small>one-of-two</small>" in versions


def changelist(client: Client, model: str, action: str, *rows: Any, **given: Any) -> str:
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows], **given}
    answer = client.post(reverse(f"admin:templates_app_{model}_changelist"), data)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_many_versions_are_published_with_an_outcome_for_each(curator: Client) -> None:
    good, bad = cleared_version(), version_of()
    page = changelist(curator, "templateversion", "publish", good, bad, apply="1")
    assert "state_conflict" in page
    assert "1 done, 1 not done." in page
    good.refresh_from_db()
    assert good.state == VersionState.PUBLISHED
    asked = changelist(curator, "templateversion", "schedule", bad)
    assert 'name="publish_at"' in asked
    page = changelist(curator, "templateversion", "schedule", bad, apply="1", publish_at="2099-01-01T08:00")
    assert "state_conflict" in page


def test_many_templates_are_tagged_moved_featured_and_retired(curator: Client) -> None:
    templates = [live_template(), live_template()]
    tag, shelf = TagFactory(slug="new"), CategoryFactory(slug="pop")
    assert 'value="new"' in changelist(curator, "dancetemplate", "add_tags", *templates)
    changelist(curator, "dancetemplate", "add_tags", *templates, apply="1", tags=["new"])
    changelist(curator, "dancetemplate", "move_to_category", *templates, apply="1", category="pop")
    changelist(curator, "dancetemplate", "feature", *templates, apply="1")
    page = changelist(curator, "dancetemplate", "retire", *templates, apply="1")
    assert "2 done, 0 not done." in page
    assert DanceTemplate.objects.filter(tags=tag, category=shelf, live_version=None).count() == 2
    assert FeaturedSlot.objects.count() == 2


def test_slots_are_added_ordered_changed_and_removed_in_the_console(curator: Client) -> None:
    one, two = TemplateFactory(), TemplateFactory()
    for template in (one, two):
        curator.post(reverse("admin:slot_new"), {"template": template.pk, "starts_at": "2020-01-01T08:00"})
    first, second = FeaturedSlot.objects.order_by("position")
    curator.post(reverse("admin:slots_order"), {"slot": [str(second.pk), str(first.pk)]})
    assert list(FeaturedSlot.objects.order_by("position")) == [second, first]
    told = curator.post(reverse("admin:slots_order"), {"slot": [str(first.pk)]}, follow=True)
    assert "Somebody added or removed a slot meanwhile" in told.content.decode()
    dates = {f"{first.pk}-starts_at": "2020-01-01T08:00", f"{first.pk}-ends_at": "2020-01-02T08:00"}
    curator.post(reverse("admin:slot_dates", args=[first.pk]), dates)
    first.refresh_from_db()
    assert first.ends_at is not None
    assert first.ends_at.isoformat() == "2020-01-02T00:00:00+00:00"
    curator.post(reverse("admin:slot_remove", args=[first.pk]))
    assert FeaturedSlot.objects.get() == second


def test_a_template_s_page_lists_its_versions_and_since_when_one_is_live(curator: Client) -> None:
    version = cleared_version()
    act(curator, version, "publish")
    address = reverse("admin:templates_app_dancetemplate_change", args=[version.template_id])
    page = curator.get(address).content.decode()
    assert f"{timezone.localtime():%Y-%m-%d}" in page
    name = User.objects.get(pk=curator.session["_auth_user_id"]).username
    assert f", {name}" in page
    assert "Export as a file" in page


def test_a_template_s_page_tells_from_when_to_when_a_retired_version_was_live(curator: Client) -> None:
    version = cleared_version()
    act(curator, version, "publish")
    version_retire(version=version, by=superuser())
    published, retired = (
        timezone.localtime(AuditEntry.objects.get(action=f"templates.version.{step}").created_at)
        for step in ("published", "retired")
    )
    address = reverse("admin:templates_app_dancetemplate_change", args=[version.template_id])
    page = curator.get(address).content.decode()
    assert f"{published:%Y-%m-%d %H:%M} – {retired:%Y-%m-%d %H:%M}, " in page


def test_where_an_end_is_set_it_is_said_that_nothing_follows_by_itself(curator: Client) -> None:
    version, told = cleared_version(), "no earlier version comes back by itself"
    assert told in curator.get(page_of(version)).content.decode()  # beside the schedule
    act(curator, version, "publish")
    assert told in curator.get(page_of(version)).content.decode()  # beside the expiry
    version_retire(version=version, by=superuser())
    assert told not in curator.get(page_of(version)).content.decode()


def test_bringing_a_version_back_is_asked_with_what_is_true(curator: Client) -> None:
    first = cleared_version()
    act(curator, first, "publish")
    version_retire(version=first, by=superuser())
    assert "Bring this version back? None is live now." in curator.get(page_of(first)).content.decode()
    act(curator, cleared_version(template=first.template), "publish")
    assert "Bring this version back? The live one retires." in curator.get(page_of(first)).content.decode()


def test_the_history_of_a_template_names_who_did_what(curator: Client) -> None:
    version = cleared_version()
    act(curator, version, "publish")
    page = curator.get(reverse("admin:template_history_page", args=[version.template_id])).content.decode()
    assert "version made live" in page
    assert f"v{version.number}" in page


def test_what_could_not_go_live_is_told_on_the_landing_page(curator: Client) -> None:
    version = cleared_version()
    version_schedule(version=version, by=superuser(), publish_at=timezone.now() + timedelta(days=1))
    assert "Could not go live" not in curator.get(reverse("admin:index")).content.decode()
    version_fall(version=version, reason="rights_not_in_force")
    page = curator.get(reverse("admin:index")).content.decode()
    assert "Could not go live" in page
    assert "The rights do not cover this day or this country." in page


def test_nobody_else_reaches_these_pages() -> None:
    version, slot = cleared_version(), slot_add(template=TemplateFactory(), by=superuser())
    client = Client()
    operator = user_with(roles.OPERATOR, is_staff=True)
    client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    for path in (page_of(version), reverse("admin:template_history_page", args=[version.template_id])):
        assert client.get(path).status_code == 403, path
    for name, args in (
        ("version_act", [version.pk, "publish"]),
        ("version_rights", [version.pk]),
        ("slot_remove", [slot.pk]),
        ("slots_order", []),
    ):
        assert client.post(reverse(f"admin:{name}", args=args)).status_code == 403, name
    version.refresh_from_db()
    assert version.state == VersionState.IN_REVIEW


@pytest.mark.parametrize("words", ["kms", "雲南", "piliang", "yun nan"])
def test_lists_and_pickers_find_templates_as_the_catalogue_does(curator: Client, words: str) -> None:
    version_of(TemplateFactory(slug="other", name_zh="扇子舞", name_en="Fan"))
    sought = version_of(TemplateFactory(slug="sought", name_zh="云南科目三批量", name_en="Sought"))
    for model, row in (("dancetemplate", sought.template), ("templateversion", sought)):
        page = curator.get(reverse(f"admin:templates_app_{model}_changelist"), {"q": words})
        assert list(page.context["cl"].result_list) == [row], model
    asked = {"app_label": "templates_app", "model_name": "featuredslot", "field_name": "template"}
    found = curator.get(reverse("admin:autocomplete"), {**asked, "term": words}).json()
    assert [one["id"] for one in found["results"]] == [str(sought.template_id)]


def test_a_list_that_is_searched_shows_the_best_match_first_unless_ordered_by_hand(curator: Client) -> None:
    TemplateFactory(slug="a", name_zh="甲", name_en="Alpha", description_en="not the wave", position=1)
    TemplateFactory(slug="b", name_zh="乙", name_en="Wave", position=2)
    address = reverse("admin:templates_app_dancetemplate_changelist")
    best = curator.get(address, {"q": "wave"}).context["cl"].result_list
    assert [row.slug for row in best] == ["b", "a"]
    by_hand = curator.get(address, {"q": "wave", "o": "3"}).context["cl"].result_list
    assert [row.slug for row in by_hand] == ["a", "b"]


@pytest.mark.parametrize(
    "page", ["templates_app_featuredslot_changelist", "template_import_page", "motion_new"]
)
def test_a_picker_holds_no_template_before_it_is_searched(curator: Client, page: str) -> None:
    TemplateFactory.create_batch(3, name_en="Unchosen")
    text = curator.get(reverse(f"admin:{page}")).content.decode()
    assert "Unchosen" not in text
    assert 'data-ajax--url="' in text
    assert "autocomplete" in text


def test_the_picker_of_the_upload_page_answers_slugs(curator: Client) -> None:
    TemplateFactory(slug="sought", name_zh="科目三")
    asked = {"app_label": "templates_app", "model_name": "templateversion", "field_name": "template"}
    found = curator.get(reverse("admin:motion_templates"), {**asked, "term": "kms"}).json()
    assert [one["id"] for one in found["results"]] == ["sought"]


def test_a_step_on_many_rows_is_asked_about_before_it_is_done(curator: Client) -> None:
    templates = [live_template(), live_template()]
    page = changelist(curator, "dancetemplate", "retire", *templates)
    assert all(str(template) in page for template in templates)
    assert 'name="apply"' in page
    assert DanceTemplate.objects.filter(live_version=None).count() == 0
    changelist(curator, "dancetemplate", "retire", *templates, apply="1")
    assert DanceTemplate.objects.filter(live_version=None).count() == 2


def test_more_rows_than_one_request_may_take_are_done_one_portion_after_another(
    curator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "BULK_LIMIT", 2)
    templates = [TemplateFactory(slug=f"s{place}", position=place) for place in range(5)]
    TagFactory(slug="hot", name_en="Hot")
    page = changelist(curator, "dancetemplate", "add_tags", templates[0], select_across="1", index="0")
    assert "3 more were chosen; they come after these, 2 at a time." in page
    seen = []
    while True:
        form = hidden_fields(page)
        answer = curator.post(
            reverse("admin:templates_app_dancetemplate_changelist"), {**form, "tags": ["hot"]}
        )
        page = answer.content.decode()
        seen += [outcome.row.slug for outcome in answer.context["outcomes"]]
        if "Go on with the next" not in page:
            break
    assert seen == ["s0", "s1", "s2", "s3", "s4"]
    assert DanceTemplate.objects.filter(tags__slug="hot").count() == 5


def hidden_fields(page: str) -> dict[str, list[str]]:
    """What the form of a bulk step sends by itself."""
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page):
        if name in {"action", "apply", "rest", "_selected_action"}:
            fields.setdefault(name, []).append(value)
    return fields


def test_what_became_of_the_rows_is_told_in_the_order_of_the_list(curator: Client) -> None:
    templates = [
        live_template(slug=f"s{place}", name_en=f"Place {place}", position=place) for place in (3, 1, 2)
    ]
    page = changelist(curator, "dancetemplate", "retire", *templates, apply="1")
    places = [page.index(f"<td>Place {place}</td>") for place in (1, 2, 3)]
    assert places == sorted(places)


def test_featuring_a_template_that_is_not_live_says_so(curator: Client) -> None:
    told = curator.post(reverse("admin:slot_new"), {"template": TemplateFactory().pk}, follow=True)
    assert "This template is not live: it is shown once it is." in told.content.decode()
    told = curator.post(reverse("admin:slot_new"), {"template": live_template().pk}, follow=True)
    assert "This template is not live: it is shown once it is." not in told.content.decode()
