"""Queues, due times, gold items and the desk's settings are changed in the console, by those who may."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from moderation.models import AuditEntry, GoldItem, ModerationSettings, ReviewItem, ReviewQueue, ServiceTarget
from moderation.services.gold import gold_add
from moderation.services.reviews import review_claim, review_claim_next, review_resolve
from tests.factories.moderation import RecordingSubject, ReviewItemFactory

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
QUEUE_LIST = "admin:moderation_reviewqueue_changelist"


def client_of(user: Any) -> Client:
    client = Client(headers=ENGLISH)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(client: Client, name: str, *args: Any) -> str:
    answer = client.get(reverse(name, args=args), follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def decided(moderator: Any, subject: RecordingSubject) -> ReviewItem:
    item = review_claim(ReviewItemFactory(), moderator)
    review_resolve(item, moderator, False, "gore", "")
    return item


def test_a_senior_moderator_makes_a_queue_with_members(senior: Any, moderator: Any) -> None:
    client = client_of(senior)
    given = {
        "slug": "gore-photos",
        "name": "Gore",
        "position": 10,
        "categories": ["gore", "violence"],
        "surfaces": ["photo"],
        "members": [str(moderator.pk)],
    }
    answer = client.post(reverse("admin:moderation_reviewqueue_add"), given, follow=True)
    assert answer.status_code == 200
    queue = ReviewQueue.objects.get(slug="gore-photos")
    assert (queue.categories, queue.languages, queue.surfaces) == (["gore", "violence"], [], ["photo"])
    assert list(queue.members.all()) == [moderator]
    assert AuditEntry.objects.filter(action="moderation.queue.saved", actor_id=senior.pk).count() == 1
    item = ReviewItemFactory(queue=queue)
    assert review_claim_next(moderator) == item
    listed = page(client, QUEUE_LIST)
    assert "gore, violence, photo" in listed
    assert "ming" in listed
    assert "everything else" in listed


def test_members_can_be_taken_out_again(senior: Any, moderator: Any) -> None:
    queue = ReviewQueue.objects.create(slug="hate", name="Hate", categories=["hate"])
    queue.members.add(moderator)
    address = reverse("admin:moderation_reviewqueue_change", args=[queue.pk])
    client_of(senior).post(address, {"name": "Hatred", "position": 7, "languages": ["zh"]})
    queue.refresh_from_db()
    assert (queue.name, queue.position, queue.languages, queue.categories) == ("Hatred", 7, ["zh"], [])
    assert not queue.members.exists()


def test_the_general_queue_takes_everything_and_stays(senior: Any) -> None:
    general, client = ReviewQueue.objects.get(), client_of(senior)
    address = reverse("admin:moderation_reviewqueue_change", args=[general.pk])
    client.post(address, {"name": "Rest", "position": 900, "categories": ["gore"]})
    general.refresh_from_db()
    assert (general.name, general.categories) == ("Rest", [])
    refused = client.post(
        reverse("admin:moderation_reviewqueue_delete", args=[general.pk]), {"post": "yes"}, follow=True
    )
    assert "cannot be removed" in refused.content.decode()
    assert ReviewQueue.objects.filter(pk=general.pk).exists()


def test_waiting_items_are_routed_again_from_the_list(senior: Any) -> None:
    item = ReviewItemFactory(category="gore")
    queue = ReviewQueue.objects.create(slug="gore", name="Gore", categories=["gore"], position=1)
    chosen = {"action": "route_again", "_selected_action": [str(item.queue.pk)]}
    client_of(senior).post(reverse(QUEUE_LIST), chosen)
    item.refresh_from_db()
    assert item.queue == queue


def test_ordinary_moderators_read_queues_and_change_nothing(moderator: Any) -> None:
    client, queue = client_of(moderator), ReviewQueue.objects.get()
    assert "General" in page(client, QUEUE_LIST)
    answer = client.post(
        reverse("admin:moderation_reviewqueue_change", args=[queue.pk]), {"name": "Mine", "position": 1}
    )
    assert answer.status_code == 403
    for name in ("golditem_changelist", "moderationsettings_changelist", "servicetarget_changelist"):
        assert client.get(reverse(f"admin:moderation_{name}")).status_code == 403


def test_a_due_time_is_changed(senior: Any) -> None:
    client, target = client_of(senior), ServiceTarget.objects.get(category="gore")
    assert "24 h 00 min" in page(client, "admin:moderation_servicetarget_changelist")
    client.post(reverse("admin:moderation_servicetarget_change", args=[target.pk]), {"minutes": 90})
    assert "1 h 30 min" in page(client, "admin:moderation_servicetarget_changelist")


def test_the_settings_are_one_page(senior: Any) -> None:
    client = client_of(senior)
    shown = page(client, "admin:moderation_moderationsettings_changelist")
    assert "time to undo an answer" in shown.lower()
    row = ModerationSettings.objects.get()
    names = [field.name for field in ModerationSettings._meta.fields if field.name != "id"]
    given = {name: getattr(row, name) for name in names}
    address = reverse("admin:moderation_moderationsettings_change", args=[row.pk])
    client.post(address, given | {"undo_seconds": 4})
    assert ModerationSettings.current().undo_seconds == 4
    entry = AuditEntry.objects.get(action="moderation.settings.changed")
    assert entry.data["after"] == {"undo_seconds": 4}
    wrong = client.post(address, given | {"second_review_percent": 101})
    assert wrong.status_code == 200
    assert ModerationSettings.current().second_review_percent == 0
    assert client.post(address, given | {"claim_minutes": 1441}).status_code == 200
    assert ModerationSettings.current().claim_minutes == 10


def test_a_decided_item_becomes_a_gold_item_and_is_retired(senior: Any, decided: ReviewItem) -> None:
    client = client_of(senior)
    chosen = {"action": "make_gold", "_selected_action": [str(decided.pk)]}
    form = client.post(
        f"{reverse('admin:moderation_reviewitem_changelist')}?state__in=refused", chosen, follow=True
    )
    assert form.status_code == 200
    assert form.redirect_chain[-1][0].endswith(f"golditem/add/?source={decided.pk}")
    given = {"source": str(decided.pk), "expected_reason": "gore", "note": "Blood on the wall."}
    without_reason = client.post(form.redirect_chain[-1][0], given | {"expected_reason": ""})
    assert "Choose why it should be refused." in without_reason.content.decode()
    client.post(form.redirect_chain[-1][0], given)
    gold = GoldItem.objects.get()
    assert (gold.source, gold.expected_approve, gold.added_by) == (decided, False, senior)
    assert "in use" in page(client, "admin:moderation_golditem_changelist")
    chosen = {"action": "retire", "_selected_action": [str(gold.pk)]}
    client.post(reverse("admin:moderation_golditem_changelist"), chosen)
    gold.refresh_from_db()
    assert gold.retired_by == senior


def test_what_cannot_become_a_gold_item_is_told(senior: Any, decided: ReviewItem) -> None:
    gold_add(item=decided, expected_approve=True, expected_reason="", note="Art.", by=senior)
    address = f"{reverse('admin:moderation_golditem_add')}?source={decided.pk}"
    given = {"source": str(decided.pk), "expected_approve": "on", "note": "Again."}
    answer = client_of(senior).post(address, given, follow=True)
    assert "This item is a gold item already." in answer.content.decode()
    assert GoldItem.objects.count() == 1


def test_the_list_of_items_hides_gold_items_from_moderators(
    moderator: Any, senior: Any, other_moderator: Any, subject: RecordingSubject
) -> None:
    item = review_claim(ReviewItemFactory(), senior)
    review_resolve(item, senior, False, "gore", "")
    marker = client_of(senior)
    gold_add(item=item, expected_approve=False, expected_reason="gore", note="Blood.", by=senior)
    ModerationSettings.objects.update(gold_percent=100)
    given = review_claim_next(moderator)
    assert given is not None
    address = f"{reverse('admin:moderation_reviewitem_changelist')}?state__in=claimed"
    short = str(given.pk)[:8]
    assert short in marker.get(address).content.decode()
    assert short not in client_of(other_moderator).get(address).content.decode()
