"""Rows, pictures and subjects for tests that touch moderation."""

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import factory
import numpy as np
import numpy.typing as npt
from django.contrib.auth import get_user_model
from django.utils import timezone

from moderation.models import DEFAULT_QUEUE, Finding, KeptFrame, ReviewItem, ReviewQueue, ScanRun
from moderation.services.policies import policy_live
from moderation.subject_registry import SubjectPreview, SubjectTypeBase
from moderation.taxonomy import Category, Severity, Surface, Verdict
from tongyi_portal.common import roles, storage

Pixels = npt.NDArray[np.uint8]


def member_of(role: str, username: str) -> Any:
    """A staff user in the group `role`, with that role's permissions."""
    from django.contrib.auth.models import Group, Permission

    group, _made = Group.objects.get_or_create(name=role)
    for name in roles.ROLES[role]:
        app_label, codename = name.split(".")
        found = Permission.objects.filter(content_type__app_label=app_label, codename=codename)
        group.permissions.add(*found)
    user = get_user_model().objects.create_user(username=username, password="a long password", is_staff=True)
    user.groups.add(group)
    return get_user_model().objects.get(pk=user.pk)


class ScanRunFactory(factory.django.DjangoModelFactory):
    """A run of the live policy over a picture that asked for review."""

    class Meta:
        model = ScanRun

    subject_type = "test_subject"
    subject_id = factory.LazyFunction(uuid.uuid4)
    surface = Surface.PHOTO
    medium = "image"
    content_sha256 = "0" * 64
    policy = factory.LazyFunction(policy_live)
    verdict = Verdict.REVIEW
    reason_codes = factory.LazyFunction(lambda: ["sexual_nudity"])
    milliseconds = 50.0


def kept_frame_of_video(run: ScanRun | None = None) -> KeptFrame:
    """A frame that was kept with a video's scan, its picture in the storage."""
    run = run or ScanRunFactory(medium="video", surface=Surface.OUTPUT)
    key = storage.store_bytes(storage.UPLOADS, storage.frame_key(run.pk, timezone.now()), b"a frame")
    digest = hashlib.sha256(b"a frame").hexdigest()
    made: KeptFrame = KeptFrame.objects.create(
        scan_run=run, seconds=2.5, key=key, width=64, height=48, byte_size=7, sha256=digest
    )
    return made


class FindingFactory(factory.django.DjangoModelFactory):
    """A sighting of nudity."""

    class Meta:
        model = Finding

    scan_run = factory.SubFactory(ScanRunFactory)
    scanner = "nsfw_detector"
    scanner_version = "test"
    category = Category.SEXUAL_NUDITY
    severity = Severity.SERIOUS
    confidence = 55.0
    label = "female_breast_exposed"
    box = factory.LazyFunction(lambda: [0.3, 0.2, 0.5, 0.4])
    milliseconds = 20.0


class ReviewItemFactory(factory.django.DjangoModelFactory):
    """An open item due in a day."""

    class Meta:
        model = ReviewItem

    scan_run = factory.SubFactory(
        ScanRunFactory,
        subject_id=factory.SelfAttribute("..subject_id"),
        subject_type=factory.SelfAttribute("..subject_type"),
        owner=factory.SelfAttribute("..owner"),
    )
    subject_type = "test_subject"
    subject_id = factory.LazyFunction(uuid.uuid4)
    owner = None
    surface = Surface.PHOTO
    category = Category.SEXUAL_NUDITY
    severity = Severity.SERIOUS
    reason_codes = factory.LazyFunction(lambda: ["sexual_nudity"])
    due_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))
    queue = factory.LazyFunction(lambda: ReviewQueue.objects.get(slug=DEFAULT_QUEUE))


@dataclass
class RecordingSubject(SubjectTypeBase):
    """A kind of content that remembers what it was told."""

    key: str = "test_subject"
    label: str = "test subject"
    told: list[tuple[uuid.UUID, bool, list[str]]] = field(default_factory=list)
    erased: list[uuid.UUID] = field(default_factory=list)
    fault: Exception | None = None

    def preview(self, subject_id: uuid.UUID) -> SubjectPreview | None:
        return SubjectPreview("A test", "text", "", str(subject_id), "nobody")

    def on_decision(self, subject_id: uuid.UUID, *, approved: bool, reason_codes: list[str]) -> None:
        if self.fault is not None:
            raise self.fault
        self.told.append((subject_id, approved, reason_codes))

    def erase(self, subject_id: uuid.UUID) -> None:
        self.erased.append(subject_id)


def plain_picture(width: int = 320, height: int = 480) -> Pixels:
    """A soft landscape without anybody in it (uint8, (height, width, 3), RGB): passes."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    hill = height * (0.6 + 0.08 * np.sin(columns / width * 5))
    sky = np.stack([120 + rows / height * 90, 160 + rows / height * 60, np.full_like(rows, 225)], axis=-1)
    field_ = np.stack([70 + rows / height * 40, 130 + columns / width * 30, np.full_like(rows, 60)], axis=-1)
    return np.where((rows > hill)[..., None], field_, sky).clip(0, 255).astype(np.uint8)


def explicit_stand_in(*, doubtful: bool = False, width: int = 480, height: int = 640) -> Pixels:
    """Two shaded spheres on a shaded cylinder (uint8, RGB): geometry that both nudity models take for nudity.

    Blocked by the default policy; with doubtful=True only reviewed. So tests need no such picture of anybody.
    """
    tone = np.float32([224, 172, 140] if doubtful else [193, 178, 165])
    radius, gap, dot = (0.17, 0.21, 0.03) if doubtful else (0.231, 0.154, 0.034)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    across = (x - width / 2) / (width * 0.36)
    body = np.exp(-(across**6)) * (0.6 + 0.4 * np.cos(across * 1.2).clip(0, 1))
    picture = np.float32([90, 80, 75]) * (1 - np.exp(-(across**6)))[..., None] + tone * body[..., None]
    middle = height * 0.505
    for side in (-1, 1):
        centre = width / 2 + side * gap * width
        distance = np.hypot(x - centre, (y - middle) / 1.05) / (radius * width)
        below = np.clip((y - middle) / (radius * width), 0, 1) * (distance < 1)
        light = np.clip(1.08 - 0.35 * np.clip(distance, 0, 1) ** 3 - 0.25 * below, 0, 1.15)
        picture = _over(picture, tone * light[..., None], _soft(distance, 14))
        shadow = np.exp(-(((distance - 1.03) / 0.06) ** 2)) * (y > middle) * 0.35
        picture *= 1 - shadow[..., None]
        small = np.hypot(x - centre, y - middle * 1.03) / (dot * width)
        picture = _over(picture, np.float32([150, 85, 75]), _soft(small, 8))
    return picture.clip(0, 255).astype(np.uint8)


def _soft(distance: npt.NDArray[np.float32], steepness: float) -> npt.NDArray[np.float32]:
    """1 inside distance 1, 0 outside, with a soft edge."""
    return 1 / (1 + np.exp(np.clip((distance - 1) * steepness, -50, 50)))


def _over(below: Any, above: Any, opacity: npt.NDArray[np.float32]) -> Any:
    return below * (1 - opacity[..., None]) + above * opacity[..., None]
