"""The console in a real browser: pages fit a small desktop."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from generation.models import Artifact
from generation.states import JobState
from moderation.services.decisions import decision_record
from moderation.taxonomy import Verdict
from tests.factories.accounts import token_for, user_with
from tests.factories.generation import job_in
from tests.factories.moderation import FindingFactory, ReviewItemFactory, ScanRunFactory
from tests.factories.templates import TagFactory, attach_previews, plain_clip, superuser, version_of
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
OpenPage = Callable[..., Page]
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SMALL_DESKTOP = {"width": 1280, "height": 800}
OURS = {"moderation", "generation", "templates_app", "accounts", "auth"}


def clip_of(job: object) -> Artifact:
    """A stored video of one second."""
    data = plain_clip((120, 90, 160))
    return Artifact.objects.create(
        job=job, role="video", mime="video/mp4", byte_size=len(data), sha256="a" * 64, width=1080,
        height=1920, duration_seconds=7.6333333333333334,
        key=storage.store_bytes(storage.OUTPUTS, "clips/one.mp4", data),
    )  # fmt: skip


@pytest.fixture
def boss() -> User:
    """A superuser, in a console with rows of what is looked at every day."""
    user = superuser()
    job = job_in(JobState.SUCCEEDED, owner=user, engine_version="animation-2026.11")
    attach_previews(version_of(), plain_clip((90, 120, 160)))
    clip_of(job)
    TagFactory()
    token_for(user_with(roles.APP))
    item = ReviewItemFactory(subject_type="upload", subject_id=job.inputs.get().upload_id)
    FindingFactory(scan_run=item.scan_run, scanner_version="nudenet-320n-2024.06.1")
    facts = {"key": "nsfw_detector", "version": "nudenet-320n-2024.06.1", "milliseconds": 27.6, "error": ""}
    run = ScanRunFactory(subject_id=item.subject_id, subject_type="upload", scanners=[facts])
    decision_record(
        subject_type="upload", subject_id=item.subject_id, verdict=Verdict.REVIEW,
        reason_codes=["sexual_nudity"], scan_run=run, policy=run.policy,
    )  # fmt: skip
    return user


@pytest.fixture
def open_console(open_page: OpenPage, live_server: LiveServer) -> OpenPage:
    """A page of somebody who is signed in: open_console(user, **options of the browser's context)."""

    def open_one(user: User, **options: object) -> Page:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        page = open_page(**{"viewport": SMALL_DESKTOP, "locale": "zh-CN", **options})
        cookie = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        return page

    return open_one


def console_paths() -> list[str]:
    """The dashboard, every list, and the page of the first row of each that has one."""
    paths = [reverse("admin:index")]
    for model in admin.site._registry:
        if model._meta.app_label not in OURS:
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        paths.append(reverse(f"{name}_changelist"))
        row = model._default_manager.first()
        if row is not None:
            paths.append(reverse(f"{name}_change", args=[row.pk]))
    return paths


def test_no_page_of_the_console_is_wider_than_a_small_desktop(boss: User, open_console: OpenPage) -> None:
    page = open_console(boss)
    widths = {}
    for path in console_paths():
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        widths[path] = page.evaluate("document.documentElement.scrollWidth")
    assert len(widths) > 50
    assert {path: width for path, width in widths.items() if width > SMALL_DESKTOP["width"]} == {}
