"""Word lists and their words, for moderators' own tools."""

from typing import Any, cast

import django_filters
from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from moderation.api import term_serializers as shapes
from moderation.models import Term, TermList
from moderation.services.terms import term_add, term_remove
from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.common import roles
from tongyi_portal.common.permissions import HasScope


class TermFilter(django_filters.FilterSet):  # type: ignore[misc]
    text = django_filters.CharFilter(lookup_expr="icontains", label="Part of the word.")
    is_enabled = django_filters.BooleanFilter(label="Whether it is looked for.")


class _TermView(generics.GenericAPIView[Any]):
    permission_classes = [IsAuthenticated, HasScope]

    @property
    def caller(self) -> User:
        return cast(User, self.request.user)


class TermListList(_TermView, generics.ListAPIView[TermList]):
    """All word lists, newest first."""

    scopes = {"GET": Scope.MODERATION_READ}
    serializer_class = shapes.TermListSerializer
    queryset = TermList.objects.none()

    def get_queryset(self) -> QuerySet[TermList]:
        roles.require(self.caller, "moderation.view_termlist")
        counted = Count("terms", filter=Q(terms__is_enabled=True))
        return TermList.objects.select_related("owner").annotate(term_count=counted)


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
        roles.require(self.caller, roles.TERMS_EDIT)
        asked = shapes.NewTermSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        term = term_add(term_list=self._list(), by=self.caller, **asked.validated_data)
        return Response(self.get_serializer(term).data, status=status.HTTP_201_CREATED)

    def _list(self) -> TermList:
        return get_object_or_404(TermList, pk=self.kwargs["list_id"])


class TermDetail(_TermView):
    scopes = {"DELETE": Scope.MODERATION_REVIEW}
    serializer_class = shapes.TermSerializer

    @extend_schema(
        summary="Remove a word",
        description="It is no longer looked for. Removing it twice is no fault.",
        responses={204: None},
    )
    def delete(self, request: Request, **_kwargs: Any) -> Response:
        roles.require(self.caller, roles.TERMS_EDIT)
        term = get_object_or_404(Term, pk=self.kwargs["term_id"], term_list=self.kwargs["list_id"])
        term_remove(term=term, by=self.caller)
        return Response(status=status.HTTP_204_NO_CONTENT)
