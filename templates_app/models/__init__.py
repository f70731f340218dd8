"""The tables of the template library."""

from templates_app.models.catalogue import (
    CatalogueRevision,
    CoverTest,
    CoverVariant,
    CoverView,
    FeaturedSlot,
)
from templates_app.models.motion import MotionPart, MotionVideo
from templates_app.models.preview import Preview, PreviewKind
from templates_app.models.rights import MusicBasis, RightsBasis, RightsRecord
from templates_app.models.take import Take, TakeOrigin
from templates_app.models.template import NOT_FEATURED, Category, DanceTemplate, SearchEntry, Tag
from templates_app.models.version import BodyStyle, TemplateVersion, VersionFrozen

__all__ = [
    "NOT_FEATURED",
    "BodyStyle",
    "CatalogueRevision",
    "Category",
    "CoverTest",
    "CoverVariant",
    "CoverView",
    "DanceTemplate",
    "FeaturedSlot",
    "MotionPart",
    "MotionVideo",
    "MusicBasis",
    "Preview",
    "PreviewKind",
    "RightsBasis",
    "RightsRecord",
    "SearchEntry",
    "Tag",
    "Take",
    "TakeOrigin",
    "TemplateVersion",
    "VersionFrozen",
]
