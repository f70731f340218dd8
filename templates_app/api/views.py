"""The catalogue: list with search, one template, categories, and the previews' files."""

import uuid
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from templates_app.api.serializers import CategorySerializer, TemplateSerializer
from templates_app.models import Category, DanceTemplate, Preview
from templates_app.selectors import categories_in_use, templates_live, templates_search
from templates_app.states import VersionState
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles, storage
from tongyi_portal.common.file_responses import AnyMedia, file_response
from tongyi_portal.common.pagination import NewestFirst
from tongyi_portal.common.permissions import HasScope, session_may

KEPT_SECONDS = 300  # how long caches may show a preview that was taken down; then they ask, and get a 304


class FeaturedFirst(NewestFirst):
    """The library's own order."""

    ordering = ("position", "slug")


class TemplateFilter(django_filters.FilterSet):  # type: ignore[misc]
    search = django_filters.CharFilter(
        method="filter_search", label="Words that all occur in a name, description, slug, tag or category."
    )
    category = django_filters.CharFilter(field_name="category__slug", label="Slug of a category.")
    tag = django_filters.CharFilter(field_name="tags__slug", label="Slug of a tag.")

    def filter_search(
        self, queryset: QuerySet[DanceTemplate], _name: str, value: str
    ) -> QuerySet[DanceTemplate]:
        return templates_search(queryset, value)


class _CatalogueView(generics.GenericAPIView[Any]):
    permission_classes = [IsAuthenticated, HasScope]
    scopes = {"GET": Scope.TEMPLATES_READ}


class TemplateList(_CatalogueView, generics.ListAPIView[DanceTemplate]):
    """Templates that a video can be made with, featured first."""

    serializer_class = TemplateSerializer
    pagination_class = FeaturedFirst
    filterset_class = TemplateFilter

    def get_queryset(self) -> QuerySet[DanceTemplate]:
        return templates_live(self.request.user)


class TemplateDetail(_CatalogueView, generics.RetrieveAPIView[DanceTemplate]):
    """One template."""

    serializer_class = TemplateSerializer
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[DanceTemplate]:
        return templates_live(self.request.user)


class CategoryList(_CatalogueView, generics.ListAPIView[Category]):
    """Categories that hold a template, in shelf order."""

    serializer_class = CategorySerializer
    pagination_class: type[CursorPagination] | None = None
    filter_backends = []

    def get_queryset(self) -> QuerySet[Category]:
        return categories_in_use()


@extend_schema(exclude=True)
class PreviewFile(APIView):
    """A preview's file: everybody may see those of published versions.

    Template editors and moderators see all of them, in a session; an API token gets no more than everybody.
    """

    permission_classes = [AllowAny]
    throttle_classes = []
    content_negotiation_class = AnyMedia

    def get(self, request: Request, preview_id: uuid.UUID) -> HttpResponseBase:
        preview = get_object_or_404(Preview.objects.select_related("version"), pk=preview_id)
        is_public = preview.version.state in {VersionState.PUBLISHED, VersionState.RETIRED}
        if not is_public and not session_may(request, roles.TEMPLATE_EDIT, roles.REVIEW_DECIDE):
            raise Http404
        return file_response(
            request._request,
            alias=storage.PREVIEWS,
            key=preview.key,
            mime=preview.mime,
            size=preview.byte_size,
            etag=preview.sha256,
            cache_control=f"public, max-age={KEPT_SECONDS}" if is_public else "private, no-store",
        )
