"""The kept frame of a video's scan over the API: where it is told of, and that its address opens."""

import hashlib
from typing import Any

import pytest
from rest_framework.test import APIClient

from moderation.models import KeptFrame
from moderation.services.kept_frames import kept_frames_drop
from tests.factories.accounts import UserFactory, client_of, user_with
from tests.factories.moderation import (
    RecordingSubject,
    ReviewItemFactory,
    ScanRunFactory,
    kept_frame_of_video,
)
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
API = "/api/v1/moderation"


@pytest.fixture
def tool(db: None) -> APIClient:
    return client_of(user_with(roles.MODERATOR, roles.APP), [Scope.MODERATION_READ])


def test_scan_and_review_tell_of_the_frame_and_its_address_opens(
    tool: APIClient, subject: RecordingSubject
) -> None:
    item = ReviewItemFactory(owner=UserFactory())
    frame = kept_frame_of_video(item.scan_run)
    expected = {"seconds": 2.5, "width": 64, "height": 48, "sha256": frame.sha256}
    for path in (f"{API}/scans/{item.scan_run_id}", f"{API}/reviews/{item.pk}"):
        shown = tool.get(path).json()["kept_frame"]
        url = shown.pop("url")
        assert shown == expected, path
        assert url.startswith("http://testserver/")
        picture = b"".join(tool.get(url).streaming_content)
        assert hashlib.sha256(picture).hexdigest() == frame.sha256


def test_without_a_frame_there_is_null(tool: APIClient, subject: RecordingSubject) -> None:
    item = ReviewItemFactory(owner=UserFactory())
    run = ScanRunFactory()
    assert tool.get(f"{API}/scans/{run.pk}").json()["kept_frame"] is None
    assert tool.get(f"{API}/reviews/{item.pk}").json()["kept_frame"] is None


def test_a_frame_that_was_dropped_is_null(tool: APIClient, django_capture_on_commit_callbacks: Any) -> None:
    frame = kept_frame_of_video()
    with django_capture_on_commit_callbacks(execute=True):
        kept_frames_drop(KeptFrame.objects.all())
    assert tool.get(f"{API}/scans/{frame.scan_run_id}").json()["kept_frame"] is None
