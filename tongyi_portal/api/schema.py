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


def add_errors(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Every operation may answer with an error, always in the one shape."""
    result["components"]["schemas"]["Error"] = {
        "type": "object",
        "description": "Every fault: a stable code, a sentence in the language of the request, details.",
        "required": ["code", "message", "details"],
        "properties": {
            "code": {"type": "string", "description": "Stable; for programs."},
            "message": {"type": "string", "description": "For people."},
            "details": {
                "type": "object",
                "additionalProperties": True,
                "description": "With code invalid_request: fields, a list of {pointer, code, message}.",
            },
        },
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {"description": "A fault.", "content": content}
    return result


def document() -> str:
    """The OpenAPI document of version 1 as YAML, in English."""
    with translation.override("en"):
        schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        return bytes(OpenApiYamlRenderer().render(schema, renderer_context={})).decode()  # type: ignore[no-untyped-call]
