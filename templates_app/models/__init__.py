"""The tables of the template library."""

from templates_app.models.preview import Preview, PreviewKind
from templates_app.models.template import Category, DanceTemplate, Tag
from templates_app.models.version import BodyStyle, TemplateVersion, VersionFrozen

__all__ = [
    "BodyStyle",
    "Category",
    "DanceTemplate",
    "Preview",
    "PreviewKind",
    "Tag",
    "TemplateVersion",
    "VersionFrozen",
]
