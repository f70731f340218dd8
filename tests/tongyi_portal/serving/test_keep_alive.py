"""A refused request and the next one on the same connection, through the real web server."""

import http.client
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running_portal import free_port
from tongyi_portal.serving import programs

TRIES = 300


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[http.client.HTTPConnection]:
    port, log = free_port(), tmp_path_factory.mktemp("web") / "log"
    command = [
        *programs.web(host="127.0.0.1", port=port, processes=1, threads=2).command,
        "--log-file",
        str(log),
    ]
    with subprocess.Popen(command) as server:
        found = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            _wait(found, server, log)
            yield found
        finally:
            found.close()
            server.terminate()


def _wait(found: http.client.HTTPConnection, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(TRIES):
        assert server.poll() is None, log.read_text()
        try:
            return found.connect()
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


def ask(found: http.client.HTTPConnection, body: bytes) -> int:
    found.request("POST", "/api/v1/nowhere", body=body, headers={"Content-Type": "application/x-foo"})
    answer = found.getresponse()
    answer.read()
    return answer.status


def test_what_a_refused_request_left_unread_does_not_end_the_connection(
    connection: http.client.HTTPConnection,
) -> None:
    assert ask(connection, b"x" * 1_300_000) == 404
    kept = connection.sock
    assert ask(connection, b"") == 404
    assert connection.sock is kept
