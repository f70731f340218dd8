"""Requests to addresses that others chose."""

import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.factories.http_servers import Answers, RunningServer, http_server, tls_for
from tongyi_portal.common.outbound import OutboundFailed, OutboundRefused, checked_url, outbound_request


@pytest.fixture
def server(settings: Any) -> Iterator[RunningServer]:
    """A server on this machine that may be asked."""
    settings.OUTBOUND_ALLOWED_HOSTS = ["localhost"]
    with http_server() as running:
        yield running


def _ask(url: str, **changes: Any) -> Any:
    return outbound_request("GET", url, **{"seconds": 5, "max_bytes": 1000, **changes})


def _reason(error: pytest.ExceptionInfo[Any]) -> str:
    return str(error.value.details["reason"])


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com/", "scheme"),
        ("ftp://example.com/", "scheme"),
        ("file:///etc/passwd", "url"),
        ("gopher://example.com/", "scheme"),
        ("https://", "url"),
        ("", "url"),
        ("//example.com", "scheme"),
        ("https://user:secret@example.com/", "credentials"),
        ("https://example.com:22/", "port"),
        ("https://example.com:25/", "port"),
        ("https://127.0.0.1/", "address"),
        ("https://[::1]/", "address"),
        ("https://[::ffff:169.254.169.254]/latest/meta-data", "address"),
        ("https://169.254.169.254/", "address"),
        ("https://exa mple.com/", "url"),
        ("https://example.com/\r\nX-Evil: 1", "url"),
        ("https://example.com:99999/", "url"),
        ("https://example.com/" + "a" * 2000, "url"),
    ],
)
def test_an_address_that_may_not_be_asked_is_refused_at_once(url: str, reason: str) -> None:
    with pytest.raises(OutboundRefused) as error:
        checked_url(url)

    assert _reason(error) == reason


@pytest.mark.parametrize("host", ["localhost", "0x7f.1", "2130706433", "0177.0.0.1", "127.1"])
def test_a_name_for_this_machine_is_refused_whatever_way_it_is_written(host: str) -> None:
    with pytest.raises((OutboundRefused, OutboundFailed)) as error:
        _ask(f"https://{host}:8443/")

    assert _reason(error) in {"address", "dns", "url"}


def test_a_name_with_one_private_address_among_public_ones_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("10.0.0.7", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: answers)

    with pytest.raises(OutboundRefused) as error:
        _ask("https://mixed.example/")

    assert _reason(error) == "address"
    assert "10.0.0.7" not in str(error.value.message)


def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """The name server says something else the second time; nobody asks it a second time."""
    settings.OUTBOUND_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.OUTBOUND_ALLOW_HTTP = True
    asked: list[str] = []
    with http_server() as server:

        def resolve(host: str, port: int, **_kwargs: Any) -> list[Any]:
            asked.append(host)
            address = "127.0.0.1" if len(asked) == 1 else "192.0.2.1"
            return [(2, 1, 6, "", (address, server.port))]

        monkeypatch.setattr("tongyi_portal.common.outbound.socket.getaddrinfo", _only_names(resolve))
        answer = _ask(f"http://hooks.example:{server.port}/a?b=c")

    assert answer.status == 200
    assert asked == ["hooks.example"]
    assert server.received[0].headers["host"] == f"hooks.example:{server.port}"
    assert server.received[0].path == "/a?b=c"


def _only_names(resolve: Any) -> Any:
    """Names go to `resolve`; connecting to a numeric address needs the real function."""
    real = socket.getaddrinfo

    def chosen(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        return resolve(host, port, **kwargs) if not host[0].isdigit() else real(host, port, *args, **kwargs)

    return chosen


def test_tls_is_checked_for_the_name_and_not_for_the_address(tmp_path: Path, settings: Any) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = ["localhost"]
    context, authority = tls_for("localhost", tmp_path)
    settings.OUTBOUND_CA_FILE = str(authority)
    with http_server(context) as server:
        answer = _ask(server.url)

    assert (answer.status, answer.body) == (200, b"ok")


def test_a_certificate_for_another_name_is_refused(tmp_path: Path, settings: Any) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = ["localhost"]
    context, authority = tls_for("elsewhere.example", tmp_path)
    settings.OUTBOUND_CA_FILE = str(authority)
    with http_server(context) as server, pytest.raises(OutboundFailed) as error:
        _ask(server.url)

    assert _reason(error) == "tls"
    assert server.received == []


def test_a_redirect_is_given_back_and_not_followed(server: RunningServer) -> None:
    server.answers = Answers(302, {"location": "https://example.com/"})

    answer = _ask(server.url)

    assert answer.status == 302
    assert len(server.received) == 1


def test_a_followed_redirect_is_checked_like_the_first_address(server: RunningServer) -> None:
    server.answers = Answers(302, {"location": "https://169.254.169.254/latest/meta-data"})

    with pytest.raises(OutboundRefused) as error:
        _ask(server.url, redirects=3)

    assert _reason(error) == "address"


def test_a_circle_of_redirects_ends(server: RunningServer) -> None:
    server.answers = Answers(302, {"location": "/again"})

    with pytest.raises(OutboundRefused) as error:
        _ask(server.url, redirects=3)

    assert _reason(error) == "redirect"
    assert len(server.received) == 4


def test_headers_meant_for_the_first_address_do_not_follow_a_redirect(server: RunningServer) -> None:
    server.answers = Answers(302, {"location": "/again"})

    with pytest.raises(OutboundRefused):
        _ask(server.url, redirects=1, headers={"authorization": "Bearer secret"})

    assert [("authorization" in one.headers) for one in server.received] == [True, False]


def test_a_long_answer_is_refused_or_cut(server: RunningServer) -> None:
    server.answers = Answers(body=b"x" * 5000)

    cut = _ask(server.url, cut=True)
    with pytest.raises(OutboundFailed) as error:
        _ask(server.url)

    assert (len(cut.body), cut.is_cut) == (1000, True)
    assert _reason(error) == "too_large"


def test_a_server_that_sends_a_byte_now_and_then_is_cut_off(server: RunningServer) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100):
            handler.wfile.write(f"x-{number}: y\r\n".encode())
            time.sleep(0.1)

    def quiet(handler: BaseHTTPRequestHandler) -> None:
        try:
            drip(handler)
        except OSError:
            handler.close_connection = True

    server.answers = Answers(respond=quiet)

    with pytest.raises(OutboundFailed) as error:
        _ask(server.url, seconds=0.5)

    assert _reason(error) == "timeout"


def test_nobody_there_is_told_as_no_connection(settings: Any) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = ["localhost"]
    with http_server() as gone:
        url = gone.url

    with pytest.raises(OutboundFailed) as error:
        _ask(url)

    assert _reason(error) == "connect"


def test_what_is_no_http_is_told_as_a_fault(server: RunningServer) -> None:
    def babble(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        handler.close_connection = True

    server.answers = Answers(respond=babble)

    with pytest.raises(OutboundFailed) as error:
        _ask(server.url)

    assert _reason(error) == "protocol"


def test_proxies_and_credentials_of_the_surroundings_are_not_used(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / ".netrc").write_text("machine localhost login me password secret")
    monkeypatch.setenv("HOME", str(tmp_path))

    answer = _ask(server.url)

    assert answer.status == 200
    assert "authorization" not in server.received[0].headers
