"""Word lists and their words, for moderators' own tools."""

from typing import Any, ClassVar, cast

import django_filters
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from moderation.api import term_serializers as shapes
from moderation.models import Term, TermList
from moderation.models.choices import CategoryChoice
from moderation.models.terms import ListKindChoice, TermLanguage
from moderation.services.terms import (
    list_change,
    list_create,
    list_enable,
    term_add,
    term_change,
    term_remove,
    term_restore,
)
from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.common import roles
from tongyi_portal.common.permissions import HasScope, MayAct


class TermFilter(django_filters.FilterSet):  # type: ignore[misc]
    text = django_filters.CharFilter(lookup_expr="icontains", label="Part of the word.")
    is_enabled = django_filters.BooleanFilter(label="Whether it is looked for.")


class TermListFilter(django_filters.FilterSet):  # type: ignore[misc]
    kind = django_filters.ChoiceFilter(choices=ListKindChoice.choices, label="Words to find, or to let be.")
    category = django_filters.ChoiceFilter(choices=CategoryChoice.choices, label="A category.")
    language = django_filters.ChoiceFilter(choices=TermLanguage.choices, label="A language.")
    is_enabled = django_filters.BooleanFilter(label="Whether it is looked at.")
    name = django_filters.CharFilter(lookup_expr="icontains", label="Part of the name.")


class _TermView(generics.GenericAPIView[Any]):
    permission_classes = [IsAuthenticated, HasScope, MayAct]
    acting = roles.TERMS_EDIT

    @property
    def caller(self) -> User:
        return cast(User, self.request.user)


class _ListView(_TermView):
    scopes: ClassVar[Any] = {
        "GET": Scope.MODERATION_READ,
        "POST": Scope.MODERATION_CONFIGURE,
        "PATCH": Scope.MODERATION_CONFIGURE,
    }
    serializer_class: Any = shapes.TermListSerializer
    queryset = TermList.objects.none()
    lookup_url_kwarg = "list_id"

    def get_queryset(self) -> QuerySet[TermList]:
        roles.require(self.caller, "moderation.view_termlist")
        counted = Count("terms", filter=Q(terms__is_enabled=True))
        return TermList.objects.select_related("owner").annotate(term_count=counted)

    def shown(self, term_list: TermList) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=term_list.pk)).data


class TermListList(_ListView, generics.ListAPIView[TermList]):
    """All word lists, newest first."""

    filterset_class = TermListFilter

    @extend_schema(
        summary="Make a word list",
        description="Empty, and in force at once. 409 `term_list_taken` when the name is.",
        request=shapes.NewTermListSerializer,
        responses={201: shapes.TermListSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = shapes.NewTermListSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        made = list_create(by=self.caller, **asked.validated_data)
        return Response(self.shown(made), status=status.HTTP_201_CREATED)


class TermListDetail(_ListView, generics.RetrieveAPIView[TermList]):
    """One word list."""

    @extend_schema(
        summary="Change a word list",
        description="Also retires it (`is_enabled` false) and brings it back. Lists are never deleted.",
        request=shapes.TermListChangeSerializer,
        responses={200: shapes.TermListSerializer},
    )
    def patch(self, request: Request, **_kwargs: Any) -> Response:
        asked = shapes.TermListChangeSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        changes = dict(asked.validated_data)
        is_enabled = changes.pop("is_enabled", None)
        term_list = TermList.objects.get(pk=self.get_object().pk)
        with transaction.atomic():
            if changes:
                list_change(term_list=term_list, by=self.caller, **changes)
            if is_enabled is not None:
                list_enable(term_list=term_list, is_enabled=is_enabled, by=self.caller)
        return Response(self.shown(term_list))


class TermsOfList(_TermView, generics.ListAPIView[Term]):
    """The words of one list, newest first."""

    scopes = {"GET": Scope.MODERATION_READ, "POST": Scope.MODERATION_REVIEW}
    serializer_class = shapes.TermSerializer
    filterset_class = TermFilter
    queryset = Term.objects.none()

    def get_queryset(self) -> QuerySet[Term]:
        roles.require(self.caller, "moderation.view_term")
        return self._list().terms.all()

    @extend_schema(
        summary="Add a word to a list",
        description="It counts with the next scan of every process. 422 `term_refused` says what is wrong.",
        request=shapes.NewTermSerializer,
        responses={201: shapes.TermSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        asked = shapes.NewTermSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        term = term_add(term_list=self._list(), by=self.caller, **asked.validated_data)
        return Response(self.get_serializer(term).data, status=status.HTTP_201_CREATED)

    def _list(self) -> TermList:
        return get_object_or_404(TermList, pk=self.kwargs["list_id"])


class TermDetail(_TermView):
    scopes = {
        "GET": Scope.MODERATION_READ,
        "PATCH": Scope.MODERATION_REVIEW,
        "DELETE": Scope.MODERATION_REVIEW,
    }
    serializer_class = shapes.TermSerializer

    @extend_schema(summary="Read a word", responses={200: shapes.TermSerializer})
    def get(self, request: Request, **_kwargs: Any) -> Response:
        roles.require(self.caller, "moderation.view_term")
        return Response(self.get_serializer(self._term()).data)

    @extend_schema(
        summary="Change a word",
        description="Also switches it off and on (`is_enabled`). 422 `term_refused` says what is wrong.",
        request=shapes.TermChangeSerializer,
        responses={200: shapes.TermSerializer},
    )
    def patch(self, request: Request, **_kwargs: Any) -> Response:
        asked = shapes.TermChangeSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        changes = dict(asked.validated_data)
        is_enabled = changes.pop("is_enabled", None)
        term = self._term()
        with transaction.atomic():
            if changes:
                term_change(term=term, by=self.caller, **changes)
            if is_enabled is not None:
                (term_restore if is_enabled else term_remove)(term=term, by=self.caller)
        return Response(self.get_serializer(self._term()).data)

    @extend_schema(
        summary="Remove a word",
        description="It is no longer looked for. Removing it twice is no fault.",
        responses={204: None},
    )
    def delete(self, request: Request, **_kwargs: Any) -> Response:
        term_remove(term=self._term(), by=self.caller)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _term(self) -> Term:
        return get_object_or_404(Term, pk=self.kwargs["term_id"], term_list=self.kwargs["list_id"])
