"""Health probes, and who may read the metrics."""

import threading
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.test import Client

from tongyi_portal.operations import readiness as readiness_module
from tongyi_portal.operations.readiness import Readiness, readiness
from tongyi_portal.vision.model_files import ModelFiles

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is told what another one found."""
    monkeypatch.setattr(readiness, "_asked_at", None)


def test_the_process_says_that_it_lives(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert Client().get("/healthz").json() == {"status": "ok"}


def test_probes_and_metrics_are_answered_under_any_name() -> None:
    statuses = {
        path: Client(headers={"host": "10.0.0.7:8000"}).get(path).status_code
        for path in ("/healthz", "/metrics")
    }
    assert statuses == {"/healthz": 200, "/metrics": 403}
    assert Client(headers={"host": "10.0.0.7:8000"}).get("/").status_code == 400


def test_a_complete_installation_is_ready(settings: Any, model_files: ModelFiles) -> None:
    settings.MODELS_ROOT = model_files.root
    response = Client().get("/readyz")
    assert (response.status_code, response.json()) == (
        200,
        {"status": "ok", "checks": dict.fromkeys(("database", "storage", "broker", "model_files"), True)},
    )


def test_missing_model_files_are_named_but_not_where(settings: Any, tmp_path: Path) -> None:
    settings.MODELS_ROOT = tmp_path
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert {name for name, is_ready in response.json()["checks"].items() if not is_ready} == {"model_files"}
    assert str(tmp_path).encode() not in response.content


def test_a_storage_that_breaks_is_named(settings: Any, model_files: ModelFiles) -> None:
    settings.MODELS_ROOT = model_files.root
    settings.STORAGES = settings.STORAGES | {"outputs": {"BACKEND": "no.such.Storage"}}
    assert Client().get("/readyz").json()["checks"]["storage"] is False


def test_a_storage_that_takes_files_and_loses_them_is_named(
    settings: Any, model_files: ModelFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MODELS_ROOT = model_files.root
    monkeypatch.setattr(readiness_module.storage, "read_bytes", lambda alias, key: b"")
    assert Client().get("/readyz").json()["checks"]["storage"] is False


def test_a_broker_that_nobody_listens_at_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = Celery(broker="redis://127.0.0.1:1/0", set_as_current=False)
    monkeypatch.setattr(readiness_module, "current_app", deaf)
    response = Client().get("/readyz")
    assert (response.status_code, response.json()["checks"]["broker"]) == (503, False)
    assert b"127.0.0.1" not in response.content


def test_a_broker_folder_that_is_gone_is_a_broker_that_cannot_be_used(settings: Any, tmp_path: Path) -> None:
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_in": str(tmp_path / "gone")}
    with pytest.raises(FileNotFoundError):
        readiness_module.broker_reach()
    (tmp_path / "gone").mkdir()
    readiness_module.broker_reach()
    assert list((tmp_path / "gone").iterdir()) == []


def test_a_part_that_hangs_is_not_waited_for_and_not_asked_twice() -> None:
    released = threading.Event()
    asked: list[str] = []

    def hangs() -> None:
        asked.append("hangs")
        released.wait(timeout=60)

    parts = Readiness({"hangs": hangs, "answers": lambda: asked.append("answers")})
    try:
        assert parts.report(0.05) == {"hangs": False, "answers": True}
        parts._asked_at = None
        assert parts.report(0.05) == {"hangs": False, "answers": True}
        assert sorted(asked) == ["answers", "answers", "hangs"]
    finally:
        released.set()
    parts._threads["hangs"].join(timeout=60)
    parts._asked_at = None
    assert parts.report(60) == {"hangs": True, "answers": True}


def test_many_askers_share_one_answer() -> None:
    asked: list[int] = []
    parts = Readiness({"part": lambda: asked.append(1)})
    assert [parts.report(60) for _ in range(5)] == [{"part": True}] * 5
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("token", "networks", "headers", "status"),
    [
        ("", [], {}, 403),
        ("", [], {"authorization": "Bearer "}, 403),
        ("secret", [], {}, 403),
        ("secret", [], {"authorization": "Bearer secre"}, 403),
        ("secret", [], {"authorization": "Bearer secret"}, 200),
        ("secret", ["127.0.0.0/8"], {}, 200),
        ("", ["10.0.0.0/8"], {}, 403),
        ("", ["10.0.0.0/8"], {"x-forwarded-for": "10.1.2.3"}, 403),
    ],
)
def test_metrics_are_for_a_token_or_a_network(
    settings: Any, token: str, networks: list[str], headers: dict[str, str], status: int
) -> None:
    settings.METRICS_TOKEN, settings.METRICS_ALLOWED_NETWORKS = token, networks
    response = Client().get("/metrics", headers=headers)
    assert response.status_code == status
    assert (b"portal_database_up" in response.content) == (status == 200)


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_saw(settings: Any) -> None:
    settings.METRICS_ALLOWED_NETWORKS = ["10.0.0.0/8", "127.0.0.0/8"]
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": 1}
    asked = {
        given: Client().get("/metrics", headers={"x-forwarded-for": given}).status_code
        for given in ("10.1.2.3", "10.1.2.3, 192.0.2.9")
    }
    assert asked == {"10.1.2.3": 200, "10.1.2.3, 192.0.2.9": 403}
