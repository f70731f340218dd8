"""Items enter the first queue that takes them, are due by their category, and can be moved."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from moderation.errors import QueueInUse, QueueInvalid
from moderation.models import DEFAULT_QUEUE, AuditEntry, ReviewItem, ReviewQueue, ServiceTarget
from moderation.policy.defaults import review_hours
from moderation.services.reviews import (
    review_claim,
    review_claim_next,
    review_escalate,
    review_open,
    review_route,
    review_withdraw,
)
from moderation.services.routing import (
    queue_remove,
    queue_route_again,
    queue_save,
    queues_install,
    service_target_set,
)
from moderation.taxonomy import Category, Severity, Surface
from tests.factories.moderation import FindingFactory, ReviewItemFactory, ScanRunFactory
from tongyi_portal.common.errors import PermissionRefused, TransitionRefused

pytestmark = pytest.mark.django_db


def queue(slug: str, position: int = 10, **fields: Any) -> ReviewQueue:
    return ReviewQueue.objects.create(slug=slug, name=slug.title(), position=position, **fields)


def opened(category: Category = Category.GORE, **fields: Any) -> ReviewItem:
    run = fields.pop("scan_run", None) or ScanRunFactory(surface=fields.pop("surface", Surface.PHOTO))
    return review_open(
        scan_run=run, category=category, severity=Severity.SERIOUS, reason_codes=["gore"], **fields
    )


def test_without_queues_everything_waits_in_the_general_one() -> None:
    item = opened()
    assert (item.queue.slug, item.for_senior) == (DEFAULT_QUEUE, False)


def test_the_first_queue_by_position_takes_an_item() -> None:
    queue("later", position=20, categories=["gore"])
    queue("children", position=5, categories=["minor_safety"])
    first = queue("gore-photos", position=10, categories=["gore"], surfaces=["photo"])
    assert opened().queue == first
    assert opened(surface=Surface.OUTPUT).queue.slug == "later"
    assert opened(Category.HATE).queue.slug == DEFAULT_QUEUE


def test_an_item_that_becomes_graver_goes_to_the_queue_of_its_new_category(moderator: Any) -> None:
    children = queue("children", categories=["minor_safety"])
    item = opened()
    again = ScanRunFactory(subject_id=item.subject_id, content_sha256=item.scan_run.content_sha256)
    assert opened(Category.MINOR_SAFETY, scan_run=again).queue == children
    held = review_claim(opened(), moderator)
    later = ScanRunFactory(subject_id=held.subject_id, content_sha256=held.scan_run.content_sha256)
    kept = opened(Category.MINOR_SAFETY, scan_run=later)
    assert (kept.queue.slug, kept.claimed_by) == (DEFAULT_QUEUE, moderator)


def test_text_in_the_content_says_which_language_it_is_in() -> None:
    chinese = queue("chinese", languages=["zh"])
    run = ScanRunFactory()
    FindingFactory(scan_run=run, evidence={"text": "加微信 ABC 看更多精彩内容"})
    assert (opened(scan_run=run).language, opened(language="zh").queue) == ("zh", chinese)
    assert opened(language="en").queue.slug == DEFAULT_QUEUE
    assert opened().language == ""


def test_a_queue_for_seniors_is_for_seniors(moderator: Any, senior: Any) -> None:
    queue("grave", categories=["gore"], needs_senior=True)
    item = opened()
    assert item.for_senior
    assert review_claim_next(moderator) is None
    assert review_claim_next(senior) == item


def test_an_item_is_due_when_the_service_target_of_its_category_says(senior: Any) -> None:
    for category, minutes in (
        (Category.MINOR_SAFETY, review_hours(Category.MINOR_SAFETY) * 60),
        (Category.GORE, review_hours(Category.GORE) * 60),
    ):
        due_in = opened(category).due_at - timezone.now()
        assert timedelta(minutes=minutes - 1) < due_in <= timedelta(minutes=minutes)
    service_target_set(target=ServiceTarget.objects.get(category="gore"), minutes=15, by=senior)
    assert opened().due_at - timezone.now() <= timedelta(minutes=15)


def test_installing_again_keeps_what_people_changed(senior: Any) -> None:
    service_target_set(target=ServiceTarget.objects.get(category="gore"), minutes=15, by=senior)
    ReviewQueue.objects.update(name="Everything else")
    queues_install()
    assert ServiceTarget.objects.get(category="gore").minutes == 15
    assert ServiceTarget.objects.count() == len(Category)
    assert ReviewQueue.objects.get().name == "Everything else"


def test_a_queue_is_saved_with_its_members_and_leaves_a_trace(moderator: Any, senior: Any) -> None:
    made = ReviewQueue(slug="hate", name="Hate", categories=["hate"], languages=["zh"])
    queue_save(queue=made, members=[moderator], by=senior)
    assert list(made.members.all()) == [moderator]
    entry = AuditEntry.objects.get(action="moderation.queue.saved")
    assert entry.data["members"] == [str(moderator.pk)]
    for wrong in ({"categories": ["rudeness"]}, {"languages": ["de"]}, {"surfaces": ["wall"]}):
        with pytest.raises(QueueInvalid):
            queue_save(queue=ReviewQueue(slug="x", name="X", **wrong), by=senior)
    with pytest.raises(PermissionRefused):
        queue_save(queue=made, by=moderator)


def test_making_a_queue_senior_takes_its_waiting_items_with_it(moderator: Any, senior: Any) -> None:
    grave = queue("grave", categories=["gore"])
    escalated, waiting = opened(), opened()
    review_escalate(review_claim(escalated, moderator), moderator, "Look.")
    for needs_senior in (True, False):
        grave.needs_senior = needs_senior
        queue_save(queue=grave, by=senior)
        waiting.refresh_from_db()
        escalated.refresh_from_db()
        assert (waiting.for_senior, escalated.for_senior) == (needs_senior, True)


def test_waiting_items_are_routed_again_after_a_change(senior: Any) -> None:
    item, other = opened(), opened(Category.HATE)
    general = item.queue
    gore = queue("gore", categories=["gore"])
    assert queue_route_again(queue=general, by=senior) == 1
    item.refresh_from_db()
    other.refresh_from_db()
    assert (item.queue, other.queue) == (gore, general)


def test_one_item_is_moved_by_hand_while_it_waits(moderator: Any, senior: Any) -> None:
    item, target = opened(), queue("grave", needs_senior=True)
    with pytest.raises(PermissionRefused):
        review_route(item, moderator, target)
    review_route(item, senior, target)
    assert (item.queue, item.for_senior) == (target, True)
    review_withdraw(item.subject_type, item.subject_id)
    with pytest.raises(TransitionRefused):
        review_route(item, senior, ReviewQueue.objects.get(slug=DEFAULT_QUEUE))


def test_only_an_unused_queue_is_removed(senior: Any) -> None:
    unused, used = queue("unused"), queue("used")
    ReviewItemFactory(queue=used)
    queue_remove(queue=unused, by=senior)
    for wrong in (used, ReviewQueue.objects.get(slug=DEFAULT_QUEUE)):
        with pytest.raises(QueueInUse):
            queue_remove(queue=wrong, by=senior)
    assert set(ReviewQueue.objects.values_list("slug", flat=True)) == {"used", DEFAULT_QUEUE}
