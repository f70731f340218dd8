"""The OpenAPI document; its snapshot is docs/api/openapi.yaml, renewed by `manage.py api_schema`."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.renderers import OpenApiYamlRenderer

SNAPSHOT = Path(settings.BASE_DIR) / "docs" / "api" / "openapi.yaml"
Endpoints = list[tuple[str, str, str, Any]]


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "tongyi_portal.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API token of an app."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "tongyi_portal.api.authentication.StudioSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The studio's session; unsafe methods also need the X-CSRFToken header.",
        }


def drop_slash_twins(endpoints: Endpoints, **_kwargs: Any) -> Endpoints:
    """Every endpoint also answers with a trailing slash; the document shows it once, without."""
    return [endpoint for endpoint in endpoints if not endpoint[0].endswith("/")]


def document() -> str:
    """The OpenAPI document of version 1 as YAML, in English."""
    with translation.override("en"):
        schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        return bytes(OpenApiYamlRenderer().render(schema, renderer_context={})).decode()  # type: ignore[no-untyped-call]
