"""From a clip to a creator's video, by clicking: one curator makes versions, another makes them live."""

import re
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from generation import preview_rendering
from generation.kinds.base import OutputFile
from generation.labelling import check_label, mark_for
from generation.models import Job
from moderation.services import scanning
from templates_app.models import TemplateVersion
from templates_app.poses.edits import MotionEdits
from templates_app.states import VersionState
from templates_app.tasks.light import versions_advance
from tests.e2e.conftest import DESKTOP, OpenPage
from tests.e2e.test_desk import sign_in
from tests.factories.accounts import token_for, user_with
from tests.factories.dance_clips import Part, dancer, room, write_dance
from tests.factories.generation import sample_photo
from tests.factories.scanners import COLOUR_AND_WORDS
from tests.factories.templates import CategoryFactory
from tests.factories.videos import read_frames
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.registry import LazyRegistry
from tongyi_portal.vision.model_files import ModelFiles

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
__all__ = ["sign_in"]
FPS, CLIP_FRAMES, FIRST, LAST = 24, 60, 4, 51
SMALL_PHOTO = 320
PATIENCE_MS = 60_000


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, model_files: ModelFiles) -> None:
    """The real engines; small standard characters, and a scanner that judges by colour."""
    settings.ENGINE_SCRATCH_ROOT = tmp_path / "scratch"
    settings.MODELS_ROOT = model_files.root
    table: LazyRegistry[Any] = LazyRegistry(COLOUR_AND_WORDS)
    monkeypatch.setattr(scanning, "SCANNERS", table)
    monkeypatch.setattr(preview_rendering, "PHOTO_HEIGHT", SMALL_PHOTO)
    CategoryFactory()


@pytest.fixture
def clip(model_files: ModelFiles, tmp_path: Path) -> Path:
    """A drawn person dances for two and a half seconds."""
    person = dancer("person", 384, model_files.root)
    part = Part(person, person.dance("disco_point", FPS, CLIP_FRAMES), np.zeros(CLIP_FRAMES))
    return write_dance(tmp_path / "disco.mp4", [part], room(288, 384), FPS)


def curator(name: str) -> User:
    return user_with(roles.CURATOR, is_staff=True, username=name)


def page_of(version: TemplateVersion) -> str:
    return reverse("admin:templates_app_templateversion_change", args=[version.pk])


def version_number(number: int) -> TemplateVersion:
    return TemplateVersion.objects.select_related("template", "take").get(number=number)


def press(page: Page, name: str, told: str) -> None:
    """A button that leads to a page which tells what was done."""
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.get_by_text(told)).to_be_visible(timeout=PATIENCE_MS)


def test_a_clip_becomes_a_template_whose_versions_go_live_and_back_and_a_video_is_made_with_it(
    sign_in: OpenPage, live_server: LiveServer, clip: Path, tmp_path: Path
) -> None:
    maker = sign_in(curator("mei"), locale="en-US", viewport=DESKTOP)
    publisher = sign_in(curator("jun"), locale="en-US", viewport=DESKTOP)

    make_template(maker)
    upload(maker, clip)
    first = trim_and_prepare(maker)
    state_rights(maker, first)
    hand_in(maker, first)
    publish(publisher, first)

    second = mirrored_copy(maker, first)
    press(maker, "Take over from the version before", "The rights were taken over")
    hand_in(maker, second)
    schedule(publisher, first, second)
    bring_back(publisher, first, second)

    job = make_video(live_server, tmp_path / "dance.mp4")
    assert job.template_version == first  # not the mirrored one
    frames = read_frames(tmp_path / "dance.mp4")
    assert (len(frames), frames[0].shape) == (3 * FPS, (768, 432, 3))
    assert float(np.abs(frames[0].astype(int) - frames[12].astype(int)).mean()) > 0.5, "nobody moves"
    check_label(OutputFile("video", tmp_path / "dance.mp4", "video/mp4", 432, 768, 3.0), mark_for(job.pk))


def make_template(page: Page) -> None:
    page.goto(reverse("admin:templates_app_dancetemplate_add"))
    page.get_by_label("Slug").fill("disco")
    page.get_by_label("Name (Chinese)").fill("迪斯科")
    page.get_by_label("Name (English)").fill("Disco")
    page.get_by_role("combobox", name="Category").click()
    page.get_by_role("option", name="Folk").click()
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was added successfully")).to_be_visible()


def upload(page: Page, clip: Path) -> None:
    """From the template's page to a draft."""
    page.get_by_role("link", name="New version from a video").click()
    expect(page.locator("[data-motion-template]")).to_have_value("disco")
    page.set_input_files("[data-motion-file]", clip)
    expect(page.locator("[data-motion-say]")).to_have_text(
        "The movement was taken, and a draft was made of it.", timeout=PATIENCE_MS
    )
    expect(page.locator("[data-motion-steps] .is-done")).to_have_count(4)
    take = version_number(1).take
    assert take is not None
    assert (take.frame_count, take.track_count) == (CLIP_FRAMES, 1)
    page.get_by_role("link", name="Open the editor").click()


def trim_and_prepare(page: Page) -> TemplateVersion:
    """In the editor: the skeleton is there, the ends are cut off, the previews are made."""
    expect(page.locator("[data-editor]")).to_have_attribute("data-ready", "")
    expect(page.get_by_text("1 person is seen from head to feet.")).to_be_visible()
    for name, frame in (("first frame", FIRST), ("last frame", LAST)):
        page.get_by_label(name, exact=True).fill(str(frame))
        page.get_by_label(name, exact=True).blur()
    expect(page.locator("[data-editor-length]")).to_have_text("2.00 s long")
    expect(page.locator("[data-editor-state]")).to_have_text("Everything is saved.")
    prepare(page)
    version = version_number(1)
    assert version.frame_count == LAST - FIRST + 1
    return version


def prepare(page: Page) -> None:
    page.get_by_role("button", name="Make the previews").click()
    expect(page.locator("[data-editor-progress-said]")).to_have_text(
        "The previews are made.", timeout=PATIENCE_MS
    )
    expect(page.locator("[data-editor-version-state]")).to_have_text("ready")
    page.get_by_role("link", name="Rights, review and publishing").click()
    expect(page.locator(".lib-previews figcaption")).to_have_text(
        [
            "looping clip · tall man · cover",
            "looping clip · short woman",
            "looping clip · woman of average height",
            "skeleton clip",
            "small moving picture · tall man",
            "woman from the hips up · not taken",
        ]
    )
    clips = "[...document.querySelectorAll('.lib-previews video')]"
    page.evaluate(f"async () => {{ await Promise.all({clips}.map((clip) => clip.play())); }}")


def state_rights(page: Page, version: TemplateVersion) -> None:
    """What contradicts itself is told at its field, and nothing that was typed is lost."""
    page.goto(page_of(version))
    page.get_by_label("right to the movement").select_option("own")
    page.get_by_label("owner of the video").fill("Us")
    page.get_by_label("contract or address of the source").fill("Folder 7")
    page.get_by_label("right to the music").select_option("none")
    page.get_by_label("title of the music").fill("Some song")
    page.get_by_label("nobody performed it").check()
    page.get_by_label("Where", exact=True).select_option("world")
    page.get_by_label("without an end").check()
    press(page, "Store the rights", "The rights record has faults.")
    expect(page.locator(".lib-fault", has_text="no music is used")).to_be_visible()
    page.get_by_label("title of the music").fill("")
    press(page, "Store the rights", "The rights record was stored.")


def hand_in(page: Page, version: TemplateVersion) -> None:
    """Whoever made it cannot publish it."""
    page.goto(page_of(version))
    press(page, "Hand in to moderation", "The version was handed in; it is being checked.")
    expect(page.get_by_text("Moderation has cleared it.")).to_be_visible()
    expect(page.get_by_text("You made it or handed it in: somebody else must publish it.")).to_be_visible()
    expect(page.get_by_role("button", name="Publish now")).to_have_count(0)


def publish(page: Page, version: TemplateVersion) -> None:
    """The second person finds it on the landing page."""
    page.goto(reverse("admin:index"))
    page.get_by_role("link", name="Disco v1").click()
    press(page, "Publish now", "The version is live now.")
    version.template.refresh_from_db()
    assert version.template.live_version == version


def mirrored_copy(page: Page, version: TemplateVersion) -> TemplateVersion:
    """A published version is frozen: the next one begins as its copy."""
    page.goto(page_of(version))
    page.get_by_role("link", name="Look at the movement, or copy it").click()
    page.get_by_role("button", name="Make an editable copy").click()
    expect(page.locator("[data-editor]")).to_have_attribute("data-ready", "")
    page.get_by_label("mirrored").check()
    expect(page.locator("[data-editor-state]")).to_have_text("Everything is saved.")
    copy = version_number(2)
    assert MotionEdits.from_document(copy.edits).mirror
    prepare(page)
    return copy


def schedule(page: Page, first: TemplateVersion, second: TemplateVersion) -> None:
    """Live at its time, by the clock, and the one before retires."""
    page.goto(page_of(second))
    moment = page.get_by_label("goes live at")
    moment.fill(f"{timezone.localtime() - timedelta(hours=1):%Y-%m-%dT%H:%M}")
    press(page, "Schedule", "It must go live in the future.")
    moment.fill(f"{timezone.localtime() + timedelta(hours=1):%Y-%m-%dT%H:%M}")
    press(page, "Schedule", "The version is scheduled.")
    versions_advance()
    page.goto(page_of(first))
    expect(page.locator(".lib-state")).to_have_text("published")

    TemplateVersion.objects.filter(pk=second.pk).update(publish_at=timezone.now() - timedelta(seconds=1))
    versions_advance()
    page.goto(page_of(second))
    expect(page.get_by_text("by the clock.")).to_be_visible()
    page.goto(page_of(first))
    expect(page.locator(".lib-state")).to_have_text("retired")


def bring_back(page: Page, first: TemplateVersion, second: TemplateVersion) -> None:
    page.once("dialog", lambda dialog: dialog.accept())
    press(page, "Bring back (roll back)", "The version is live now.")
    first.template.refresh_from_db()
    second.refresh_from_db()
    assert (first.template.live_version, second.state) == (first, VersionState.RETIRED)
    page.get_by_role("link", name="History of the template").click()
    live = page.get_by_role("row").filter(has_text="version made live")
    newest_first = (("v1", "jun"), ("v2", "the machine"), ("v1", "jun"))
    expect(live).to_have_text([re.compile(f"{one}.*{who}", re.DOTALL) for one, who in newest_first])


def make_video(live_server: LiveServer, path: Path) -> Job:
    """An app finds the template and asks for a video of three seconds, as its documentation says."""
    _token, secret = token_for(user_with(roles.APP))
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": str(uuid.uuid4())}
    with httpx.Client(
        base_url=f"{live_server.url}/api/v1", headers=headers, timeout=120, trust_env=False
    ) as app:
        [shown] = app.get("/templates", params={"search": "disco"}).json()["results"]
        assert shown["slug"] == "disco"
        files = {"file": ("me.jpg", sample_photo(), "image/jpeg")}
        photo = app.post("/uploads", files=files, data={"surface": "photo"}).json()
        params = {
            "photo": photo["id"],
            "template": "disco",
            "duration_seconds": 3,
            "size": "432x768",
            "fps": FPS,
        }
        asked = app.post("/jobs", json={"kind": "dance_video", "params": params})
        assert asked.is_success, asked.text
        job = app.get(f"/jobs/{asked.json()['id']}").json()
        assert job["state"] == "succeeded", job
        video = next(one for one in job["artifacts"] if one["role"] == "video")
        path.write_bytes(app.get(video["url"]).content)
    return Job.objects.select_related("template_version").get(pk=job["id"])
