"""Rights records: what is refused, what is missing, and what follows from a change."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from moderation.models import AuditEntry
from templates_app.curation_selectors import version_history
from templates_app.models import RightsRecord, TemplateVersion
from templates_app.services.gates import RightsIncomplete, RightsNotInForce, VersionNeedsSecondPerson
from templates_app.services.publishing import version_publish
from templates_app.services.revision import catalogue_revision
from templates_app.services.rights import (
    RIGHTS_FIELDS,
    RightsInvalid,
    RightsNeedSecondPerson,
    rights_copy,
    rights_import,
    rights_update,
)
from templates_app.services.scheduling import version_schedule
from templates_app.states import VersionState
from tests.factories.accounts import UserFactory, user_with
from tests.factories.templates import (
    HANDMADE_RIGHTS,
    cleared_version,
    give_rights,
    live_template,
    superuser,
    version_of,
)
from tongyi_portal.common import roles
from tongyi_portal.common.errors import NotFound, PermissionRefused
from tongyi_portal.common.territories import territory_codes, territory_name

pytestmark = pytest.mark.django_db
LICENSED: dict[str, Any] = {
    "source_basis": "licensed",
    "source_owner": "Studio A",
    "source_reference": "contract 7",
    "music_basis": "licensed",
    "music_title": "Song",
    "music_owner": "Label",
    "music_reference": "contract 8",
    "performer_names": "Li, Wang",
    "performers_consented": True,
    "performer_reference": "drawer 3",
    "territory": ["CN", "JP"],
    "valid_until": date(2099, 12, 31),
}


def test_a_complete_record_misses_nothing() -> None:
    record = rights_update(version=version_of(), by=user_with(roles.CURATOR), changes=LICENSED)
    assert (record.missing, record.allows_music) == ([], True)
    told = AuditEntry.objects.latest("sequence").data
    assert (told["fields"], told["missing"]) == (sorted(LICENSED), [])
    assert told["values"]["territory"] == [[], ["CN", "JP"]]
    assert told["values"]["valid_until"] == [None, "2099-12-31"]
    assert told["values"]["source_basis"] == ["", "licensed"]
    before, after = told["values"]["performer_names"]
    assert (before, after[:7]) == ("", "sha256:")
    assert "Li, Wang" not in str(told)


@pytest.mark.parametrize("name", [name for name in LICENSED if name != "valid_until"])
def test_whatever_is_left_out_is_missing(name: str) -> None:
    rest = {key: value for key, value in LICENSED.items() if key != name}
    missing = rights_update(version=version_of(), by=superuser(), changes={**rest, **_none_of(name)}).missing
    assert missing == [name]


def _none_of(name: str) -> dict[str, Any]:
    """Without a basis for the music nothing may be said of it."""
    return {"music_title": "", "music_owner": "", "music_reference": ""} if name == "music_basis" else {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"territory": ["XX"]}, "territory"),
        ({"territory": ["cn"]}, "territory"),
        ({"territory": ["CN", "CN"]}, "territory"),
        ({"territory": ["*", "CN"]}, "territory"),
        ({"territory": "CN"}, "territory"),
        ({"source_basis": "found"}, "source_basis"),
        ({"source_owner": "x" * 201}, "source_owner"),
        ({"is_perpetual": True}, "valid_until"),
        ({"music_basis": "none"}, "music_title"),
        ({"is_without_performers": True}, "performer_names"),
    ],
)
def test_what_cannot_be_right_is_refused_and_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(RightsInvalid) as refusal:
        rights_update(version=version_of(), by=superuser(), changes={**LICENSED, **changes})
    fault = refusal.value.details["fields"][0]
    assert fault["field"] == field
    assert fault["label"]
    assert fault["message"]
    assert not RightsRecord.objects.exists()


def test_the_countries_are_those_of_the_standard() -> None:
    assert len(territory_codes()) == 249
    assert {"CN", "HK", "MO", "TW", "JP", "US"} <= territory_codes()
    assert territory_name("JP", "zh-hans") == "日本"
    assert territory_name("JP", "en") == "Japan"


def test_nobody_without_the_right_to_edit_changes_rights() -> None:
    with pytest.raises(PermissionRefused):
        rights_update(version=version_of(), by=UserFactory(), changes=LICENSED)


def test_shortened_rights_retire_a_live_version_at_once_when_that_is_meant() -> None:
    version = live_template().live_version
    assert version is not None
    yesterday = timezone.localdate() - timedelta(days=1)
    changes = {"is_perpetual": False, "valid_until": yesterday}
    with pytest.raises(RightsNotInForce):
        rights_update(version=version, by=superuser(), changes=changes)
    assert RightsRecord.objects.get(version=version).is_perpetual
    assert TemplateVersion.objects.get(pk=version.pk).state == VersionState.PUBLISHED
    rights_update(version=version, by=superuser(), changes=changes, retires=True)
    version.refresh_from_db()
    version.template.refresh_from_db()
    assert (version.state, version.template.live_version) == (VersionState.RETIRED, None)
    entry = AuditEntry.objects.get(action="templates.version.retired")
    assert (entry.actor_id, entry.data) == (None, {"reason": "rights_not_in_force"})
    assert AuditEntry.objects.get(sequence=entry.sequence - 1).action == "templates.rights.changed"


def test_rights_that_end_today_hold_until_tonight() -> None:
    version = live_template().live_version
    assert version is not None
    today = timezone.localdate()
    rights_update(version=version, by=superuser(), changes={"is_perpetual": False, "valid_until": today})
    assert TemplateVersion.objects.get(pk=version.pk).state == VersionState.PUBLISHED


def test_rights_that_end_before_a_scheduled_day_take_the_version_off_its_schedule() -> None:
    version = cleared_version()
    version_schedule(version=version, by=superuser(), publish_at=timezone.now() + timedelta(days=3))
    tomorrow = timezone.localdate() + timedelta(days=1)
    rights_update(version=version, by=superuser(), changes={"is_perpetual": False, "valid_until": tomorrow})
    version.refresh_from_db()
    assert (version.state, version.reason_codes) == (VersionState.IN_REVIEW, ["rights_not_in_force"])


def test_the_record_of_the_version_before_is_copied() -> None:
    first = version_of()
    with pytest.raises(NotFound):
        rights_copy(version=first, by=superuser())
    rights_update(version=first, by=superuser(), changes=LICENSED)
    second = version_of(first.template)
    copied = rights_copy(version=second, by=superuser())
    assert {name: getattr(copied, name) for name in LICENSED} == LICENSED
    assert copied.missing == []


def test_an_imported_record_waits_for_somebody_to_stand_by_it() -> None:
    version = version_of()
    assert rights_import(version=version, by=superuser(), fields=HANDMADE_RIGHTS).missing == ["is_confirmed"]
    assert rights_update(version=version, by=superuser(), changes={}).missing == []


def test_the_fields_are_all_that_people_state() -> None:
    stated = {field.name for field in RightsRecord._meta.concrete_fields if field.editable}
    assert stated == {*RIGHTS_FIELDS, "version"}


def test_an_incomplete_record_takes_a_live_version_down_only_when_that_is_meant() -> None:
    version = live_template().live_version
    assert version is not None
    by = superuser()
    with pytest.raises(RightsIncomplete) as refusal:
        rights_update(version=version, by=by, changes={"source_owner": ""})
    assert refusal.value.details["missing"] == ["source_owner"]
    assert TemplateVersion.objects.get(pk=version.pk).state == VersionState.PUBLISHED
    rights_update(version=version, by=by, changes={"source_owner": ""}, retires=True)
    assert TemplateVersion.objects.get(pk=version.pk).state == VersionState.RETIRED


def test_whoever_widens_the_rights_of_a_cleared_version_does_not_publish_it(settings: Any) -> None:
    version = cleared_version()
    RightsRecord.objects.filter(version=version).update(territory=["CN"])
    widener = superuser()
    rights_update(version=version, by=widener, changes={"territory": ["CN", "JP"]})
    for act in (
        lambda: version_publish(version=version, by=widener),
        lambda: version_schedule(version=version, by=widener, publish_at=timezone.now() + timedelta(days=1)),
    ):
        with pytest.raises(VersionNeedsSecondPerson):
            act()
    assert version_publish(version=version, by=superuser()).state == VersionState.PUBLISHED


def test_whoever_widened_the_rights_does_not_publish_after_the_maker_has_widened_them_again() -> None:
    version = cleared_version()
    RightsRecord.objects.filter(version=version).update(territory=["CN"])
    widener, maker = superuser(), version.created_by
    rights_update(version=version, by=widener, changes={"territory": ["CN", "JP"]})
    rights_update(version=version, by=maker, changes={"territory": ["CN", "JP", "KR"]})
    with pytest.raises(VersionNeedsSecondPerson):
        version_publish(version=version, by=widener)


def test_whoever_only_narrows_the_rights_may_publish() -> None:
    version, by = cleared_version(), superuser()
    rights_update(version=version, by=by, changes={"territory": ["CN"]})
    assert version_publish(version=version, by=by).state == VersionState.PUBLISHED


@pytest.mark.parametrize(
    ("changes", "is_wider"),
    [
        ({"territory": ["CN"]}, False),
        ({"territory": ["*"]}, True),
        ({"territory": ["CN", "US"]}, True),
        ({"valid_until": date(2098, 1, 1)}, False),
        ({"valid_until": date(2100, 1, 1)}, True),
        ({"is_perpetual": True, "valid_until": None}, True),
        ({"music_basis": "none", "music_title": "", "music_owner": "", "music_reference": ""}, False),
        ({"music_basis": "own"}, True),
        ({"source_basis": "own"}, True),
        ({"source_reference": "contract 9"}, True),
    ],
)
def test_a_scheduled_version_whose_rights_are_not_narrowed_waits_for_a_second_person(
    changes: dict[str, Any], is_wider: bool
) -> None:
    version = cleared_version()
    RightsRecord.objects.filter(version=version).delete()
    give_rights(version, **{**LICENSED, "is_without_performers": False, "is_perpetual": False})
    version_schedule(version=version, by=superuser(), publish_at=timezone.now() + timedelta(days=3))
    by = superuser()
    rights_update(version=version, by=by, changes=changes)
    version.refresh_from_db()
    assert version.reason_codes == (["rights_changed"] if is_wider else [])
    assert version.state == (VersionState.IN_REVIEW if is_wider else VersionState.SCHEDULED)
    assert (RightsRecord.objects.get(version=version).changed_by == by) == is_wider


@pytest.mark.parametrize("who", ["created_by", "submitted_by"])
def test_whoever_made_a_live_version_does_not_widen_its_rights(who: str, settings: Any) -> None:
    version = live_template().live_version
    assert version is not None
    RightsRecord.objects.filter(version=version).update(territory=["CN"])
    TemplateVersion.objects.filter(pk=version.pk).update(**{who: (maker := superuser())})
    with pytest.raises(RightsNeedSecondPerson):
        rights_update(version=version, by=maker, changes={"territory": ["*"]})
    assert RightsRecord.objects.get(version=version).territory == ["CN"]
    rights_update(version=version, by=superuser(), changes={"territory": ["CN", "JP"]})
    rights_update(version=version, by=maker, changes={"territory": ["CN"]})
    settings.TEMPLATE_FOUR_EYES = False
    rights_update(version=version, by=maker, changes={"territory": ["*"]})
    assert RightsRecord.objects.get(version=version).territory == ["*"]


def test_caches_of_the_catalogue_hear_of_changed_rights(
    django_capture_on_commit_callbacks: Any,
) -> None:
    version = live_template().live_version
    assert version is not None
    before = catalogue_revision()
    music = {"music_basis": "own", "music_title": "x", "music_owner": "y", "music_reference": "z"}
    with django_capture_on_commit_callbacks(execute=True):
        rights_update(version=version, by=superuser(), changes=music)
    assert catalogue_revision() > before


def test_the_history_tells_what_a_right_was_before_and_after() -> None:
    version = live_template().live_version
    assert version is not None
    rights_update(
        version=version, by=superuser(), changes={"territory": ["CN"], "source_basis": "commissioned"}
    )
    with translation.override("en"):
        [step] = version_history(version)
    assert step.why == "right to the movement: own work → commissioned work; territory: The whole world → CN"
