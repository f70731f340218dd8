"""The console's pages of dance videos and takes."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from generation.models import Job
from generation.services.jobs import job_submit
from templates_app.models import MotionVideo
from templates_app.motion_page import editor_address
from templates_app.poses.seams import Loop
from templates_app.services.editing import version_draft
from templates_app.states import MotionState
from tests.factories.accounts import user_with
from tests.factories.motions import accepted_motion, announced, send, take_of
from tests.factories.templates import TemplateFactory, superuser
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db


def browser_of(*role_names: str, is_superuser: bool = False) -> Client:
    client = Client()
    fields = {"is_staff": True, "is_superuser": is_superuser}
    user = superuser() if is_superuser else user_with(*role_names, **fields)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_upload_page_knows_the_templates_the_limits_and_the_way_to_the_editor(settings: Any) -> None:
    settings.MOTION_PART_MAX_BYTES = 1024 * 1024
    template = TemplateFactory(name_en="Shuffle")
    page = browser_of(roles.CURATOR).get(f"{reverse('admin:motion_new')}?template={template.slug}")
    text = page.content.decode()
    assert f'<option value="{template.slug}" selected>' in text
    found = re.search(r'<script id="motion-config" type="application/json">(.*?)</script>', text)
    assert found is not None
    config = json.loads(found.group(1))
    assert (config["partBytes"], config["maxBytes"]) == (1024 * 1024, 200 * 1024 * 1024)
    assert config["editor"] == editor_address("VERSION") == "/console/templates/versions/VERSION/editor"
    assert set(config["states"]) == set(MotionState)


def test_every_text_that_the_script_asks_for_is_there(project_root: Any) -> None:
    script = (project_root / "static" / "console" / "js" / "motion-new.js").read_text()
    asked = set(re.findall(r'\btext\("([a-z_]+)"', script)) | set(
        re.findall(r"config\.texts\.([a-z_]+)", script)
    )
    asked |= set(re.findall(r'refuse\("([a-z_]+)"', script))
    page = browser_of(roles.CURATOR).get(reverse("admin:motion_new")).content.decode()
    config = json.loads(re.search(r'motion-config" type="application/json">(.*?)</script>', page).group(1))  # type: ignore[union-attr]
    assert len(asked) > 15
    assert asked - set(config["texts"]) == set()


def test_only_curators_open_the_upload_page() -> None:
    assert browser_of(roles.MODERATOR).get(reverse("admin:motion_new")).status_code == 403
    assert Client().get(reverse("admin:motion_new")).status_code == 302


def test_lists_and_pages_show_how_far_everything_is() -> None:
    browser = browser_of(is_superuser=True)
    coming = send(announced(10), b"abcd")
    refused = announced(5)
    fault = {"code": "motion_too_short", "message": "", "details": {}, "is_blocking": True}
    MotionVideo.objects.filter(pk=refused.pk).update(state=MotionState.REFUSED, faults=[fault])
    accepted = accepted_motion()
    listed = browser.get(reverse("admin:templates_app_motionvideo_changelist")).content.decode()
    assert "40 %" in listed
    for motion in (coming, refused, accepted):
        address = reverse("admin:templates_app_motionvideo_change", args=[motion.pk])
        page = browser.get(address)
        assert page.status_code == 200
        shown = page.content.decode()
        assert ("The video is too short" in shown) == (motion == refused)
        assert (f"/media/motions/{motion.pk}" in shown) == (motion == accepted)


def extraction(state: str, error_code: str = "") -> MotionVideo:
    """An accepted video, 81 percent of whose movement was taken by a job in `state`."""
    motion = accepted_motion()
    job = job_submit(by=motion.owner, kind_key="pose_extract", params={"motion": motion.pk}).job
    held = {"lease_token": "held", "lease_until": timezone.now() + timedelta(minutes=1)}
    fields = {"state": state, "progress": 0.81, "stage": "track", "error_code": error_code, **held}
    Job.objects.filter(pk=job.pk).update(**fields)
    return motion


def motion_rows(motion: MotionVideo) -> tuple[str, str]:
    """The list, and the video's own page."""
    browser = browser_of(is_superuser=True)
    addresses = (
        reverse("admin:templates_app_motionvideo_changelist"),
        reverse("admin:templates_app_motionvideo_change", args=[motion.pk]),
    )
    listed, shown = (browser.get(address).content.decode() for address in addresses)
    return listed, shown


def test_a_movement_that_could_not_be_taken_does_not_look_like_one_that_is_being_taken() -> None:
    motion = extraction("failed", "motion_no_people")
    for text in motion_rows(motion):
        assert "No person was found in the video." in text
        assert "movement not taken" in text
        assert "81 %" not in text
        assert "<progress" not in text
    assert "not_taken" not in text
    assert "No person was found" in text[text.index("Faults") : text.index("Notes")]
    again = f"{reverse('admin:motion_new')}?motion={motion.pk}"
    assert re.search(rf'href="{re.escape(again)}">Take the movement again</a>', text)


def test_a_movement_that_is_being_taken_shows_how_far_it_is() -> None:
    for text in motion_rows(extraction("running")):
        assert "81 % following the people" in text
        assert "movement not taken" not in text
        assert "?motion=" not in text


def test_work_that_was_stopped_is_not_told_as_an_upload_that_was_given_up() -> None:
    for text in motion_rows(extraction("cancelled")):
        assert "Taking the movement was stopped." in text


def test_a_refused_video_shows_no_bar() -> None:
    motion = announced(5)
    MotionVideo.objects.filter(pk=motion.pk).update(state=MotionState.REFUSED, received_bytes=5)
    for text in motion_rows(motion):
        assert "<progress" not in text
        assert "100 %" not in text


def row_of(page: str, limit: str) -> list[str]:
    """Allowed, measured and verdict of a limit on a video's page."""
    found = re.search(rf'<th scope="row">{limit}</th>(.*?)</tr>', page)
    assert found is not None, limit
    return re.findall(r"<td>(.*?)</td>", found.group(1))


def test_a_videos_page_shows_each_limit_with_what_was_measured_also_those_that_are_kept() -> None:
    motion = announced(3 * 1024 * 1024)
    small = {"message": "", "details": {"measured": [160, 320]}, "is_blocking": True}
    uneven = {"message": "", "details": {"measured": {"mean": 29.1, "slowest": 9.8}}, "is_blocking": False}
    faults = [{"code": "motion_side_too_small", **small}, {"code": "motion_rate_variable", **uneven}]
    measured = {"width": 160, "height": 320, "fps": 29.1, "duration_seconds": 7.5, "codec": "h264"}
    MotionVideo.objects.filter(pk=motion.pk).update(
        state=MotionState.REFUSED, mime="video/mp4", faults=faults, **measured
    )
    _listed, page = motion_rows(motion)
    assert row_of(page, "sides") == ["200–2048", "160 × 320", "✗ not kept"]
    assert row_of(page, "longer to shorter side") == ["≤ 3", "2.00", "✓ kept"]
    assert row_of(page, "seconds") == ["2–60", "7.50", "✓ kept"]
    assert row_of(page, "frames per second") == ["≥ 24", "29.10", "✓ kept"]
    assert row_of(page, "file")[1:] == ["3.0 MB", "✓ kept"]
    assert row_of(page, "pace of the frames")[1:] == ["slowest 9.8, mean 29.1 frames a second", "note"]
    assert page.index("The picture is too small") < page.index("The frames do not come at even times.")
    assert "brought to an even rate" not in page


def test_a_note_on_an_accepted_video_is_no_fault() -> None:
    motion = accepted_motion()
    note = {"code": "motion_rate_variable", "message": "", "details": {}, "is_blocking": False}
    MotionVideo.objects.filter(pk=motion.pk).update(faults=[note])
    _listed, page = motion_rows(motion)
    faults = page[page.index("Faults") : page.index("The frames do not come at even times")]
    assert "–" in faults
    assert "Notes" in faults
    assert "brought to an even rate" in page


def test_what_could_not_be_measured_is_not_called_kept() -> None:
    motion = announced(10)
    fault = {"code": "motion_undecodable", "message": "", "details": {}, "is_blocking": True}
    MotionVideo.objects.filter(pk=motion.pk).update(state=MotionState.REFUSED, faults=[fault])
    _listed, page = motion_rows(motion)
    assert row_of(page, "whole and undamaged")[1:] == ["–", "✗ not kept"]
    unknown = ("sides", "seconds", "cuts", "pace of the frames")
    assert [row_of(page, limit)[2] for limit in unknown] == ["–"] * 4


def test_a_takes_page_leads_to_its_versions_and_their_editor() -> None:
    take = take_of()
    version = version_draft(template=take.template, take=take, by=superuser())
    browser = browser_of(is_superuser=True)
    assert browser.get(reverse("admin:templates_app_take_changelist")).status_code == 200
    page = browser.get(reverse("admin:templates_app_take_change", args=[take.pk])).content.decode()
    assert editor_address(version.pk) in page
    assert "full" in page


@pytest.mark.parametrize(
    ("scores", "heads"),
    [
        ((0.66, 1.51), ["Good loops", "Loops with a visible seam"]),
        ((0.2,), ["Good loops"]),
        ((2.52, 2.6), ["Loops with a visible seam, the best there are"]),
    ],
)
def test_the_editor_calls_no_loop_good_whose_seam_can_be_seen(
    scores: tuple[float, ...], heads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def best_loops(*_given: Any, **_options: Any) -> list[Loop]:
        return [Loop(number, number + 6, score, None) for number, score in enumerate(scores)]

    monkeypatch.setattr("templates_app.editor_pages.page.best_loops", best_loops)
    version = version_draft(template=TemplateFactory(), take=take_of(), by=superuser())
    page = browser_of(roles.CURATOR).get(reverse("admin:motion_editor", args=[version.pk])).content.decode()
    shown = re.findall(r"<h3>([^<]*)</h3>|seam (\d\.\d\d)<", page)
    told = [head or float(score) for head, score in shown]
    good = [score for score in scores if score < 1]
    seen = [score for score in scores if score >= 1]
    assert told == [*heads[: bool(good)], *good, *(heads[-1:] if seen else []), *seen]


def test_the_list_erases_and_tells_what_it_could_not_do() -> None:
    browser, motion = browser_of(is_superuser=True), accepted_motion()
    address = reverse("admin:templates_app_motionvideo_changelist")
    done = browser.post(address, {"action": "erase", "_selected_action": [str(motion.pk)]}, follow=True)
    assert "1 video was erased." in done.content.decode()
    again = browser.post(address, {"action": "extract", "_selected_action": [str(motion.pk)]}, follow=True)
    assert "No movement can be taken from this video" in again.content.decode()
