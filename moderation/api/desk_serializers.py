"""Input and output shapes of queues, due times, gold items and moderation's settings."""

from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from moderation.models import GoldItem, ModerationSettings, ReviewAnswer, ReviewQueue, ServiceTarget
from moderation.models.choices import CategoryChoice, SurfaceChoice
from moderation.queue_selectors import who_may_decide
from moderation.services.routing import LANGUAGES
from tongyi_portal.common.serializers import StrictSerializer

LONGEST_TARGET = 60 * 24 * 365


def each_once(keys: list[str]) -> None:
    """A list of keys names none twice."""
    if len(set(keys)) < len(keys):
        raise serializers.ValidationError(_("Name each of them once."), code="repeated")


class QueueSetupSerializer(serializers.ModelSerializer[ReviewQueue]):
    """A queue as it is set up; its numbers stand in the list of queues."""

    name = serializers.CharField(source="__str__", read_only=True)
    categories = serializers.ListField(child=serializers.ChoiceField(choices=CategoryChoice.choices))
    languages = serializers.ListField(child=serializers.ChoiceField(choices=LANGUAGES))
    surfaces = serializers.ListField(child=serializers.ChoiceField(choices=SurfaceChoice.choices))
    members = serializers.SlugRelatedField[Any](slug_field="username", many=True, read_only=True)
    is_default = serializers.BooleanField(read_only=True, help_text="It takes what no other queue takes.")

    class Meta:
        model = ReviewQueue
        fields = [
            "slug",
            "name",
            "position",
            "needs_senior",
            "categories",
            "languages",
            "surfaces",
            "members",
            "is_default",
        ]


class QueueChangeSerializer(StrictSerializer):
    """What a queue takes, and who works on it. Empty lists take everything; no members: everybody."""

    name = serializers.CharField(max_length=80)
    position = serializers.IntegerField(min_value=0, max_value=32767, default=100)
    needs_senior = serializers.BooleanField(default=False)
    categories = serializers.ListField(
        child=serializers.ChoiceField(choices=CategoryChoice.choices), default=list, validators=[each_once]
    )
    languages = serializers.ListField(
        child=serializers.ChoiceField(choices=LANGUAGES), default=list, validators=[each_once]
    )
    surfaces = serializers.ListField(
        child=serializers.ChoiceField(choices=SurfaceChoice.choices), default=list, validators=[each_once]
    )
    members = serializers.SlugRelatedField[Any](
        slug_field="username",
        many=True,
        required=False,
        queryset=get_user_model().objects.none(),
        help_text="User names of people who may decide.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members: Any = self.fields["members"]
        members.child_relation.queryset = who_may_decide()


class NewQueueSerializer(QueueChangeSerializer):
    """A new queue."""

    slug = serializers.SlugField(max_length=40, help_text="Its key; never changes.")


class RoutedSerializer(serializers.Serializer[Any]):
    """What became of a queue's items."""

    moved = serializers.IntegerField(help_text="How many went into other queues.")


class RouteSerializer(StrictSerializer):
    """Where an item is put."""

    queue = serializers.SlugField(max_length=40, help_text="Key of a queue.")


class ServiceTargetSerializer(serializers.ModelSerializer[ServiceTarget]):
    """Within how many minutes a person should decide on content of a category."""

    category = serializers.ChoiceField(choices=CategoryChoice.choices, read_only=True)

    class Meta:
        model = ServiceTarget
        fields = ["category", "minutes"]


class ServiceTargetChangeSerializer(StrictSerializer):
    minutes = serializers.IntegerField(min_value=1, max_value=LONGEST_TARGET)


class GoldItemSerializer(serializers.ModelSerializer[GoldItem]):
    """An item whose right answer is known, and how people answered it."""

    item = serializers.UUIDField(source="source_id", read_only=True, help_text="Item it was made of.")
    added_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    retired_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)
    answer_count = serializers.IntegerField(read_only=True)
    right_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = GoldItem
        fields = [
            "id",
            "item",
            "expected_approve",
            "expected_reason",
            "note",
            "added_by",
            "created_at",
            "retired_at",
            "retired_by",
            "answer_count",
            "right_count",
        ]


class NewGoldItemSerializer(StrictSerializer):
    """A decided item that people are to meet again."""

    item = serializers.UUIDField(help_text="Id of a decided review item.")
    expected_approve = serializers.BooleanField()
    expected_reason = serializers.CharField(
        max_length=60, allow_blank=True, default="", help_text="A reason code; needed for a refusal."
    )
    note = serializers.CharField(max_length=2000, help_text="Told to whoever answered it.")


class GoldAnswerSerializer(serializers.ModelSerializer[ReviewAnswer]):
    """How somebody answered a gold item."""

    by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)

    class Meta:
        model = ReviewAnswer
        fields = ["id", "by", "approve", "reason_code", "is_right", "seconds", "answered_at"]


class ModerationSettingsSerializer(serializers.ModelSerializer[ModerationSettings]):
    """The numbers that the desk, the samples and the strikes work with."""

    class Meta:
        model = ModerationSettings
        exclude: ClassVar = ["id"]


class SettingsChangeSerializer(ModerationSettingsSerializer, StrictSerializer):
    """What is to change."""
