"""Templates, categories, tags and featured slots for curators: make, change, retire, order."""

from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from templates_app.api import template_serializers as shapes
from templates_app.api.editing_view import EditingView
from templates_app.api.filters import SearchFilter
from templates_app.api.serializers import CategorySerializer, TagSerializer
from templates_app.api.version_serializers import StepSerializer
from templates_app.api.views import CategoryList, TemplateDetail, TemplateList
from templates_app.curation_selectors import slots_all, template_history, templates_for_curators
from templates_app.models import Category, DanceTemplate, FeaturedSlot, Tag
from templates_app.services.featuring import slot_add, slot_change, slot_remove, slots_reorder
from templates_app.services.publishing import template_retire
from templates_app.services.templates import shelf_save, template_create, template_update
from tongyi_portal.accounts.models import Scope


class CurationView(EditingView):
    """An EditingView that reads its body and tells faults of models as those of the body."""

    def asked(self, shape: Any, **options: Any) -> dict[str, Any]:
        """The checked body."""
        given = shape(data=self.request.data, **options)
        given.is_valid(raise_exception=True)
        checked: dict[str, Any] = given.validated_data
        return checked

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, ValidationError):
            exc = shapes.refused_values(exc)
        return super().handle_exception(exc)


class CuratedTemplateFilter(django_filters.FilterSet):  # type: ignore[misc]
    search = SearchFilter()
    category = django_filters.CharFilter(field_name="category__slug", label="Slug of a category.")
    is_live = django_filters.BooleanFilter(
        field_name="live_version", lookup_expr="isnull", exclude=True, label="Whether it is in the library."
    )


class CuratedTemplateList(CurationView, generics.ListAPIView[DanceTemplate]):
    """Every template, also those that are not live, newest first."""

    serializer_class = shapes.CuratedTemplateSerializer
    filterset_class = CuratedTemplateFilter

    def get_queryset(self) -> QuerySet[DanceTemplate]:
        return templates_for_curators()


class _OneTemplate(CurationView):
    serializer_class: Any = shapes.CuratedTemplateSerializer
    queryset = DanceTemplate.objects.none()
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[DanceTemplate]:
        return templates_for_curators()

    def shown(self) -> Response:
        """The template as it stands now."""
        return Response(shapes.CuratedTemplateSerializer(self.get_object()).data)


class CuratedTemplateDetail(_OneTemplate, generics.RetrieveAPIView[DanceTemplate]):
    """One template, live or not."""


class TemplateRetire(_OneTemplate):
    @extend_schema(
        summary="Take a template off the library",
        request=None,
        responses={200: shapes.CuratedTemplateSerializer},
    )
    def post(self, request: Request, **_kwargs: Any) -> Response:
        template_retire(template=self.get_object(), by=self.caller)
        return self.shown()


class TemplateHistory(_OneTemplate):
    serializer_class = StepSerializer

    @extend_schema(
        summary="What happened to a template and its versions, newest first",
        operation_id="templates_history",
        responses={200: StepSerializer(many=True)},
    )
    def get(self, request: Request, **_kwargs: Any) -> Response:
        return Response(StepSerializer(template_history(self.get_object()), many=True).data)


_READ_OR_WRITE = {"GET": Scope.TEMPLATES_READ, "POST": Scope.TEMPLATES_WRITE, "PATCH": Scope.TEMPLATES_WRITE}


class TemplateListOrCreate(TemplateList):
    """Templates that a video can be made with, featured first."""

    scopes = _READ_OR_WRITE

    @extend_schema(
        summary="Make a template",
        description="It has no version yet. 422 `template_words_refused` when moderation refuses its words.",
        request=shapes.NewTemplateSerializer,
        responses={201: shapes.CuratedTemplateSerializer},
    )
    def post(self, request: Request) -> Response:
        given = shapes.NewTemplateSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            template = template_create(by=request.user, **given.validated_data)  # type: ignore[arg-type]
        except ValidationError as error:
            raise shapes.refused_values(error) from error
        return Response(shapes.CuratedTemplateSerializer(template).data, status=status.HTTP_201_CREATED)


class TemplateDetailOrChange(TemplateDetail):
    """One template."""

    scopes = _READ_OR_WRITE

    @extend_schema(
        summary="Change a template",
        description="Words, category, tags, position; of a live one only words that pass are taken.",
        request=shapes.TemplateChangesSerializer,
        responses={200: shapes.CuratedTemplateSerializer},
    )
    def patch(self, request: Request, **_kwargs: Any) -> Response:
        given = shapes.TemplateChangesSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        template = get_object_or_404(templates_for_curators(), slug=self.kwargs["slug"])
        try:
            template_update(template=template, by=request.user, **given.validated_data)  # type: ignore[arg-type]
        except ValidationError as error:
            raise shapes.refused_values(error) from error
        return Response(shapes.CuratedTemplateSerializer(template).data)


class CategoryListOrCreate(CategoryList):
    """Categories that hold a template, in shelf order."""

    scopes = _READ_OR_WRITE

    @extend_schema(
        summary="Make a category",
        request=shapes.NewCategorySerializer,
        responses={201: CategorySerializer},
    )
    def post(self, request: Request) -> Response:
        return _shelf_made(request, Category, shapes.NewCategorySerializer, CategorySerializer)


class TagList(CurationView, generics.ListAPIView[Tag]):
    """Every tag."""

    serializer_class = TagSerializer
    pagination_class: type[CursorPagination] | None = None
    filter_backends = []
    queryset = Tag.objects.all()

    @extend_schema(summary="Make a tag", request=shapes.ShelfSerializer, responses={201: TagSerializer})
    def post(self, request: Request) -> Response:
        return _shelf_made(request, Tag, shapes.ShelfSerializer, TagSerializer)


class CategoryDetail(CurationView):
    serializer_class = CategorySerializer

    @extend_schema(
        summary="Change a category",
        request=shapes.CategoryChangesSerializer,
        responses={200: CategorySerializer},
    )
    def patch(self, request: Request, slug: str) -> Response:
        shelf = get_object_or_404(Category, slug=slug)
        for name, value in self.asked(shapes.CategoryChangesSerializer).items():
            setattr(shelf, name, value)
        shelf_save(shelf=shelf, by=self.caller)
        return Response(CategorySerializer(shelf).data)


class TagDetail(CurationView):
    serializer_class = TagSerializer

    @extend_schema(
        summary="Change a tag", request=shapes.ShelfChangesSerializer, responses={200: TagSerializer}
    )
    def patch(self, request: Request, slug: str) -> Response:
        shelf = get_object_or_404(Tag, slug=slug)
        for name, value in self.asked(shapes.ShelfChangesSerializer).items():
            setattr(shelf, name, value)
        shelf_save(shelf=shelf, by=self.caller)
        return Response(TagSerializer(shelf).data)


def _shelf_made(request: Request, model: type[Category] | type[Tag], asked: Any, shown: Any) -> Response:
    given = asked(data=request.data)
    given.is_valid(raise_exception=True)
    shelf = model(**given.validated_data)
    try:
        shelf_save(shelf=shelf, by=request.user)  # type: ignore[arg-type]
    except ValidationError as error:
        raise shapes.refused_values(error) from error
    return Response(shown(shelf).data, status=status.HTTP_201_CREATED)


class SlotList(CurationView, generics.ListAPIView[FeaturedSlot]):
    """Every featured slot in its order, also those that are over or to come."""

    serializer_class = shapes.SlotSerializer
    pagination_class: type[CursorPagination] | None = None
    filter_backends = []

    def get_queryset(self) -> QuerySet[FeaturedSlot]:
        return slots_all()

    @extend_schema(
        summary="Feature a template",
        request=shapes.NewSlotSerializer,
        responses={201: shapes.SlotSerializer},
    )
    def post(self, request: Request) -> Response:
        slot = slot_add(by=self.caller, **self.asked(shapes.NewSlotSerializer))
        return Response(shapes.SlotSerializer(slot).data, status=status.HTTP_201_CREATED)


class SlotDetail(CurationView):
    serializer_class = shapes.SlotSerializer
    queryset = FeaturedSlot.objects.all()
    lookup_url_kwarg = "slot_id"

    @extend_schema(
        summary="Change the dates of a featured slot",
        request=shapes.SlotChangesSerializer,
        responses={200: shapes.SlotSerializer},
    )
    def patch(self, request: Request, **_kwargs: Any) -> Response:
        slot = slot_change(slot=self.get_object(), by=self.caller, **self.asked(shapes.SlotChangesSerializer))
        return Response(shapes.SlotSerializer(slot).data)

    @extend_schema(summary="Remove a featured slot", responses={204: None})
    def delete(self, request: Request, **_kwargs: Any) -> Response:
        slot_remove(slot=self.get_object(), by=self.caller)
        return Response(status=status.HTTP_204_NO_CONTENT)


class SlotOrder(CurationView):
    queryset = FeaturedSlot.objects.none()
    pagination_class: type[CursorPagination] | None = None
    serializer_class = shapes.SlotOrderSerializer

    @extend_schema(
        summary="Order the featured slots",
        description="The ids of all of them; 409 `slots_changed` when they are not all there.",
        request=shapes.SlotOrderSerializer,
        responses={200: shapes.SlotSerializer(many=True)},
    )
    def post(self, request: Request) -> Response:
        slots_reorder(by=self.caller, **self.asked(shapes.SlotOrderSerializer))
        return Response(shapes.SlotSerializer(slots_all(), many=True).data)
