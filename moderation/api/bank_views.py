"""Hash banks and their entries, for moderators' own tools."""

from typing import Any, ClassVar, cast

import django_filters
from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from moderation.api import bank_serializers as shapes
from moderation.blindness import entries_shown_to
from moderation.models import BankEntry, BankKind, HashBank
from moderation.models.choices import CategoryChoice
from moderation.services.banks import bank_change, bank_create, bank_entry_add, bank_entry_remove
from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.common import roles
from tongyi_portal.common.pagination import NewestFirst
from tongyi_portal.common.permissions import HasScope, MayAct


class BankEntryFilter(django_filters.FilterSet):  # type: ignore[misc]
    is_active = django_filters.BooleanFilter(
        field_name="removed_at", lookup_expr="isnull", label="Whether it matches; else it was removed."
    )
    value = django_filters.CharFilter(label="The whole hash.")


class NewestAddedFirst(NewestFirst):
    """As everywhere; entries call the time of their making `added_at`."""

    ordering = ("-added_at", "-id")


class _BankView(generics.GenericAPIView[Any]):
    permission_classes = [IsAuthenticated, HasScope, MayAct]
    acting = roles.BANKS_EDIT

    @property
    def caller(self) -> User:
        return cast(User, self.request.user)


class HashBankFilter(django_filters.FilterSet):  # type: ignore[misc]
    kind = django_filters.ChoiceFilter(choices=BankKind.choices, label="Not wanted, or approved.")
    category = django_filters.ChoiceFilter(choices=CategoryChoice.choices, label="A category.")
    is_enabled = django_filters.BooleanFilter(label="Whether it is in use.")
    name = django_filters.CharFilter(lookup_expr="icontains", label="Part of the name.")


class _OneBankView(_BankView):
    scopes: ClassVar[Any] = {
        "GET": Scope.MODERATION_READ,
        "POST": Scope.MODERATION_CONFIGURE,
        "PATCH": Scope.MODERATION_CONFIGURE,
    }
    serializer_class: Any = shapes.HashBankSerializer
    queryset = HashBank.objects.none()
    lookup_url_kwarg = "bank_id"

    def get_queryset(self) -> QuerySet[HashBank]:
        roles.require(self.caller, "moderation.view_hashbank")
        counted = Count("entries", filter=Q(entries__removed_at__isnull=True))
        return HashBank.objects.select_related("owner").annotate(entry_count=counted)

    def shown(self, bank: HashBank) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=bank.pk)).data


class HashBankList(_OneBankView, generics.ListAPIView[HashBank]):
    """All hash banks, newest first."""

    filterset_class = HashBankFilter

    @extend_schema(
        summary="Make a hash bank",
        description="Empty, and in use at once. 409 `bank_taken` when the name is.",
        request=shapes.NewHashBankSerializer,
        responses={201: shapes.HashBankSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = shapes.NewHashBankSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        bank = bank_create(by=self.caller, **asked.validated_data)
        return Response(self.shown(bank), status=status.HTTP_201_CREATED)


class HashBankDetail(_OneBankView, generics.RetrieveAPIView[HashBank]):
    """One hash bank."""

    @extend_schema(
        summary="Change a hash bank",
        description="Also takes it out of use (`is_enabled` false). Banks are never deleted.",
        request=shapes.HashBankChangeSerializer,
        responses={200: shapes.HashBankSerializer},
    )
    def patch(self, request: Request, **_kwargs: Any) -> Response:
        asked = shapes.HashBankChangeSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        bank = HashBank.objects.get(pk=self.get_object().pk)
        if asked.validated_data:
            bank_change(bank=bank, by=self.caller, **asked.validated_data)
        return Response(self.shown(bank))


class BankEntryList(_BankView, generics.ListAPIView[BankEntry]):
    """The hashes of one bank, also removed ones, newest first.

    Without those made of content that the caller has to judge blindly.
    """

    scopes = {"GET": Scope.MODERATION_READ, "POST": Scope.MODERATION_REVIEW}
    serializer_class = shapes.BankEntrySerializer
    filterset_class = BankEntryFilter
    pagination_class = NewestAddedFirst
    queryset = BankEntry.objects.none()

    def get_queryset(self) -> QuerySet[BankEntry]:
        roles.require(self.caller, "moderation.view_bankentry")
        return entries_shown_to(self.caller, self._bank().entries.all())

    @extend_schema(
        summary="Add a hash to a bank",
        description="It counts with the next scan. 422 `bank_entry_refused` says what is wrong.",
        request=shapes.NewBankEntrySerializer,
        responses={201: shapes.BankEntrySerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        asked = shapes.NewBankEntrySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        entry = bank_entry_add(bank=self._bank(), by=self.caller, **asked.validated_data)
        return Response(self.get_serializer(entry).data, status=status.HTTP_201_CREATED)

    def _bank(self) -> HashBank:
        return get_object_or_404(HashBank, pk=self.kwargs["bank_id"])


class BankEntryRemove(_BankView):
    scopes = {"POST": Scope.MODERATION_REVIEW}
    serializer_class = shapes.BankEntrySerializer

    @extend_schema(
        summary="Remove a hash from its bank",
        description="It no longer matches; the row stays. 409 `bank_entry_removed` the second time.",
        request=shapes.RemoveBankEntrySerializer,
        responses={200: shapes.BankEntrySerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        asked = shapes.RemoveBankEntrySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        entry = get_object_or_404(BankEntry, pk=self.kwargs["entry_id"], bank=self.kwargs["bank_id"])
        entry = bank_entry_remove(entry=entry, by=self.caller, reason=asked.validated_data["reason"])
        return Response(self.get_serializer(entry).data)
