"""A mark in an upload becomes a finding that rules and reviewers see."""

from typing import Any

import cv2
import pytest

from generation.services.uploads import upload_accept
from generation.states import UploadState
from moderation.models import Finding
from moderation.provenance.metadata import AigcMark, write_jpeg
from moderation.provenance.source_types import DigitalSourceType
from moderation.services import scanning
from tests.factories.accounts import UserFactory
from tests.factories.moderation import plain_picture
from tongyi_portal.common.registry import LazyRegistry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def provenance_scanner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the scanner that reads marks."""
    table: LazyRegistry[Any] = LazyRegistry({"provenance": "moderation.scanners.provenance:Provenance"})
    monkeypatch.setattr(scanning, "SCANNERS", table)


def picture() -> bytes:
    return bytes(cv2.imencode(".jpg", plain_picture())[1].tobytes())


def test_a_marked_photo_is_accepted_and_each_mark_is_a_finding() -> None:
    marked = write_jpeg(
        picture(), AigcMark("another-service", "77"), DigitalSourceType.COMPOSITE_WITH_TRAINED
    )

    upload = upload_accept(by=UserFactory(), data=marked, surface="photo")

    assert upload.state == UploadState.ACCEPTED
    found = Finding.objects.filter(scan_run__subject_id=upload.pk, scanner="provenance")
    assert {finding.evidence["standard"] for finding in found} == {"aigc", "iptc"}
    assert {finding.severity for finding in found} == {0}


def test_a_photo_without_marks_has_no_such_finding() -> None:
    upload = upload_accept(by=UserFactory(), data=picture(), surface="photo")

    assert not Finding.objects.filter(scan_run__subject_id=upload.pk).exists()
