"""The OpenAPI document and its page."""

from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from generation.kinds.base import offered_kinds
from tongyi_portal.api import schema


def test_the_snapshot_is_current() -> None:
    assert schema.SNAPSHOT.read_text() == schema.document(), "run manage.py api_schema"


def test_every_operation_documents_faults_and_every_kind_its_parameters() -> None:
    document = yaml.safe_load(schema.document())
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) >= 14
    assert all("default" in operation["responses"] for operation in operations)
    shapes = document["components"]["schemas"]["JobSubmitRequest"]
    assert set(shapes["discriminator"]["mapping"]) == set(offered_kinds())


def test_each_endpoint_is_shown_once() -> None:
    assert not [path for path in yaml.safe_load(schema.document())["paths"] if path.endswith("/")]


def test_the_command_writes_and_checks_the_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "SNAPSHOT", tmp_path / "api" / "openapi.yaml")
    with pytest.raises(CommandError, match="not current"):
        call_command("api_schema", "--check")
    call_command("api_schema", verbosity=0)
    call_command("api_schema", "--check")
    assert schema.SNAPSHOT.read_text().startswith("openapi: 3")


def test_the_page_needs_nothing_from_other_sites() -> None:
    page = APIClient().get("/api/docs", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert b"https://" not in page.content
    assert APIClient().get("/api/schema", headers={"Accept": "*/*"}).status_code == 200
