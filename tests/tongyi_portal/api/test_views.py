"""Health probes."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tongyi_portal.vision.model_files import ModelFiles

pytestmark = pytest.mark.django_db


def test_the_process_says_that_it_lives(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert Client().get("/healthz").json() == {"status": "ok"}


def test_a_complete_installation_is_ready(settings: Any, model_files: ModelFiles) -> None:
    settings.MODELS_ROOT = model_files.root
    response = Client().get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "ok")


def test_missing_model_files_are_named_but_not_where(settings: Any, tmp_path: Path) -> None:
    settings.MODELS_ROOT = tmp_path
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"] == {"database": True, "storage": True, "model_files": False}
    assert str(tmp_path).encode() not in response.content


def test_a_storage_that_breaks_is_named(settings: Any, model_files: ModelFiles) -> None:
    settings.MODELS_ROOT = model_files.root
    settings.STORAGES = settings.STORAGES | {"outputs": {"BACKEND": "no.such.Storage"}}
    assert Client().get("/readyz").json()["checks"]["storage"] is False
