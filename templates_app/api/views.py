"""The catalogue: list with search, featured row, one template, categories, and the previews' files."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from moderation.staff_media import staff_may_open
from templates_app.api.etags import catalogue_etag
from templates_app.api.filters import TemplateFilter
from templates_app.api.paging import PlacePagination
from templates_app.api.serializers import CategorySerializer, TemplateSerializer
from templates_app.models import Category, DanceTemplate, Preview
from templates_app.name_index import Hit, names_holding
from templates_app.selectors import (
    BEST_MATCH,
    ORDERS,
    categories_in_use,
    templates_featured,
    templates_listed,
    templates_live,
)
from templates_app.services.covers import covers_shown_to
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles, storage
from tongyi_portal.common.file_responses import AnyMedia, file_response
from tongyi_portal.common.filters import PAGING, refuse_unknown_parameters
from tongyi_portal.common.permissions import HasScope, caller_may

MAX_FEATURED = 50
CACHING = (
    "The answer has an `ETag`. Keep it, and send it back in `If-None-Match`: while nothing changed for this "
    "account and language, the answer is 304 without content."
)
KEPT_SECONDS = 300  # how long caches may show a preview that was taken down; then they ask, and get a 304


class _CatalogueView(generics.GenericAPIView[Any]):
    """Answers with an ETag: while nothing has changed, asking again costs a 304 without the content."""

    permission_classes = [IsAuthenticated, HasScope]
    scopes = {"GET": Scope.TEMPLATES_READ}

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        etag = catalogue_etag(request)
        known = get_conditional_response(request._request, etag=etag)
        answer: HttpResponseBase = known if known is not None else self.fresh(request, *args, **kwargs)
        answer.headers["ETag"], answer.headers["Cache-Control"] = etag, "private, no-cache"
        return answer

    def fresh(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The whole answer."""
        raise NotImplementedError


class _TemplateView(_CatalogueView):
    serializer_class: Any = TemplateSerializer

    def get_queryset(self) -> QuerySet[DanceTemplate]:
        return templates_live(self.request.user)

    def shown(self, templates: list[DanceTemplate]) -> Any:
        """As the viewer sees them, covers that are tried out included."""
        covers = covers_shown_to(self.request.user, templates)
        context = {**self.get_serializer_context(), "covers": covers}
        return TemplateSerializer(templates, many=True, context=context).data


class TemplateList(_TemplateView):
    """Templates that a video can be made with."""

    pagination_class = PlacePagination
    filterset_class = TemplateFilter

    @extend_schema(
        summary="List, search and order templates",
        description=CACHING,
        responses=TemplateSerializer(many=True),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[DanceTemplate]:
        return templates_listed(self.request.user)

    def fresh(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.shown(list(page or [])))

    def order_of(self, request: Request) -> Sequence[str]:
        if request.query_params.get("sort"):
            return ORDERS[request.query_params["sort"]]
        return BEST_MATCH if _searched(request) else ORDERS["featured"]

    def head_of(self, request: Request) -> Sequence[Hit]:
        """A search that nothing else narrows or orders mostly finds its page among the names."""
        is_plain = not set(request.query_params) - {"search"} - PAGING
        return names_holding(_searched(request)) if is_plain else ()


def _searched(request: Request) -> str:
    return request.query_params.get("search", "").strip()


class FeaturedList(_TemplateView):
    """The featured row: what stands at the head of the catalogue now, in its order, all of it."""

    pagination_class: type[CursorPagination] | None = None
    filter_backends = []

    @extend_schema(
        summary="List featured templates", description=CACHING, responses=TemplateSerializer(many=True)
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().get(request, *args, **kwargs)

    def fresh(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        refuse_unknown_parameters(request, frozenset())
        return Response(self.shown(list(templates_featured(request.user)[:MAX_FEATURED])))


class TemplateDetail(_TemplateView):
    """One template."""

    lookup_field = "slug"
    filter_backends = []

    @extend_schema(description=CACHING, responses=TemplateSerializer)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().get(request, *args, **kwargs)

    def fresh(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        refuse_unknown_parameters(request, frozenset())
        return Response(self.shown([self.get_object()])[0])


class CategoryList(_CatalogueView):
    """Categories that hold a template, in shelf order."""

    serializer_class = CategorySerializer
    pagination_class: type[CursorPagination] | None = None
    filter_backends = []
    queryset = Category.objects.none()

    @extend_schema(description=CACHING, responses=CategorySerializer(many=True))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().get(request, *args, **kwargs)

    def fresh(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        refuse_unknown_parameters(request, frozenset())
        return Response(CategorySerializer(categories_in_use(), many=True).data)


@extend_schema(exclude=True)
class PreviewFile(APIView):
    """A preview's file: everybody may see those of the version that is live.

    Template editors and moderators see all of them: in a session, or with a token that has templates:write
    or a scope of moderation/staff_media.py.
    """

    permission_classes = [AllowAny]
    throttle_classes = []
    content_negotiation_class = AnyMedia

    def get(self, request: Request, preview_id: uuid.UUID) -> HttpResponseBase:
        preview = get_object_or_404(Preview.objects.select_related("version__template"), pk=preview_id)
        is_public = preview.version.template.live_version_id == preview.version_id
        may_edit = caller_may(request, roles.TEMPLATE_EDIT, scopes=(Scope.TEMPLATES_WRITE,))
        if not (is_public or may_edit or staff_may_open(request, roles.REVIEW_DECIDE)):
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
