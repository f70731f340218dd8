"""A plugin, `pytest -p tests.services.on_s3`: tests whose files lie on a real object store."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.services.s3_server import S3Server, s3_server


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """One server for all tests of this process."""
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(autouse=True)
def files_on_the_object_store(object_store: S3Server, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test writes to the server; keys of new ids never meet."""
    settings.STORAGES = settings.STORAGES | object_store.storages(monkeypatch)
