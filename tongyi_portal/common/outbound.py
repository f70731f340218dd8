"""outbound_request: HTTP to addresses that others chose, without letting them reach into our own network.

A name is resolved once and the connection goes to an address that was checked, so that a second answer of
the name server changes nothing (DNS rebinding); the name stays in the Host header and in TLS. No proxies, no
cookies, no credentials of the surroundings; redirects only where asked for, each checked like the first
address. One deadline holds for everything: names, connection, headers and body.
"""

import socket
import ssl
import time
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NoAnswer
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import httpcore
import httpx
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.addresses import Address, is_public, is_within, parse_address, parse_networks
from tongyi_portal.common.errors import AppError

USER_AGENT = "Tongyi-Portal/1.0"
MAX_URL = 2000
_CHUNK = 64 * 1024
_DEFAULT_PORTS = {"https": 443, "http": 80}
_FIRST_FREE_PORT = 1024  # below it, only the ports of HTTP: nobody posts JSON to a mail server through us


class OutboundRefused(AppError):
    """`details["reason"]`: url, scheme, credentials, port, address, redirect."""

    code = "outbound_refused"
    http_status = 422
    default_message = _("This address may not be asked.")


class OutboundFailed(AppError):
    """`details["reason"]`: dns, connect, tls, timeout, protocol, too_large."""

    code = "outbound_failed"
    http_status = 502
    default_message = _("The address did not answer as it should.")


@dataclass(frozen=True)
class OutboundResponse:
    """What came back. body: whole, or its first bytes when `is_cut`. url: of the last redirect."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    is_cut: bool
    url: str
    milliseconds: int


def outbound_request(
    method: str,
    url: str,
    *,
    seconds: float,
    max_bytes: int,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    cut: bool = False,
    redirects: int = 0,
    plain: bool = False,
    ports: Collection[int] = (),
) -> OutboundResponse:
    """Ask `url` and read at most `max_bytes` of the answer within `seconds` in all.

    cut: a longer answer is cut instead of refused. redirects: how many are followed, by GET and without
    `headers`; 0 gives the redirect itself back. plain, ports: as in checked_url, also for redirects. Raises
    OutboundRefused, OutboundFailed.
    """
    started = time.monotonic()
    deadline = started + seconds
    sent, asked = dict(headers or {}), method
    for _step in range(redirects + 1):
        target = checked_url(url, plain=plain, ports=ports)
        answer = _exchange(asked, target, sent, body, deadline, max_bytes, cut)
        location = answer.headers.get("location", "")
        if redirects == 0 or answer.status not in (301, 302, 303, 307, 308) or not location:
            milliseconds = round((time.monotonic() - started) * 1000)
            return OutboundResponse(
                answer.status, answer.headers, answer.body, answer.is_cut, str(target), milliseconds
            )
        url, asked, sent, body = urljoin(str(target), location), "GET", {}, b""
    raise OutboundRefused(_("The address leads on too often."), details={"reason": "redirect"})


def checked_url(url: str, *, plain: bool = False, ports: Collection[int] = ()) -> httpx.URL:
    """The address as it would be asked, as far as that can be told without a name server.

    plain: http:// is allowed. ports: the only ones that may be asked. Raises OutboundRefused.
    """
    try:
        target = httpx.URL(url)
        port = target.port or _DEFAULT_PORTS.get(target.scheme)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise OutboundRefused(_("This is not an address."), details={"reason": "url"}) from error
    is_wrong = len(url) > MAX_URL or not target.host or (port or 0) > 65_535
    if is_wrong or any(ord(one) < 33 for one in url):
        raise OutboundRefused(_("This is not an address."), details={"reason": "url"})
    is_ours = _is_allowed_host(target.host)
    is_plain_allowed = plain or settings.OUTBOUND_ALLOW_HTTP or is_ours
    if target.scheme != "https" and not (target.scheme == "http" and is_plain_allowed):
        message = (
            _("The address must begin with http:// or https://.")
            if plain
            else _("The address must begin with https://.")
        )
        raise OutboundRefused(message, details={"reason": "scheme"})
    if target.userinfo:
        raise OutboundRefused(_("The address must not hold a user name."), details={"reason": "credentials"})
    if port is None or not (is_ours or _is_allowed_port(port, ports)):
        raise OutboundRefused(_("This port may not be asked."), details={"reason": "port"})
    address = _as_address(target.host)
    if address is not None and not _is_allowed(target.host, address):
        raise _address_refused()
    return target.copy_with(fragment=None)


def addresses_of(host: str, port: int, seconds: float) -> list[Address]:
    """What the name resolves to, all of it checked. Raises OutboundRefused if any of it is not public.

    Raises OutboundFailed when there is no answer in time.
    """
    pool = ThreadPoolExecutor(max_workers=1)  # the system's resolver knows no time limit
    try:
        answers = pool.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM).result(seconds)
    except NoAnswer as error:
        raise OutboundFailed(details={"reason": "timeout"}) from error
    except (OSError, UnicodeError) as error:
        raise OutboundFailed(details={"reason": "dns"}) from error
    finally:
        pool.shutdown(wait=False)
    found = list(dict.fromkeys(parse_address(str(answer[4][0])) for answer in answers))
    if not found:
        raise OutboundFailed(details={"reason": "dns"})
    if not all(_is_allowed(host, address) for address in found):
        raise _address_refused()
    return found


def _is_allowed_port(port: int, only: Collection[int]) -> bool:
    return port in only if only else port >= _FIRST_FREE_PORT or port in _DEFAULT_PORTS.values()


def _is_allowed(host: str, address: Address) -> bool:
    networks = parse_networks(settings.OUTBOUND_ALLOWED_NETWORKS)
    return is_public(address) or is_within(address, networks) or _is_allowed_host(host)


def _is_allowed_host(host: str) -> bool:
    return host.lower().strip("[]") in settings.OUTBOUND_ALLOWED_HOSTS


def _address_refused() -> OutboundRefused:
    """Says nothing of what the name leads to: that would map our network for whoever asks."""
    return OutboundRefused(_("The address does not lead to a public server."), details={"reason": "address"})


def _as_address(host: str) -> Address | None:
    try:
        return parse_address(host.strip("[]"))
    except ValueError:
        return None


def _exchange(
    method: str,
    url: httpx.URL,
    headers: Mapping[str, str],
    body: bytes,
    deadline: float,
    max_bytes: int,
    cut: bool,
) -> OutboundResponse:
    """One request and its answer, over a connection of its own."""
    sent = {"user-agent": USER_AGENT, "accept-encoding": "identity", "connection": "close", **headers}
    seconds = _left(deadline)
    pool = httpcore.ConnectionPool(
        ssl_context=_tls(), network_backend=_CheckedNetwork(deadline), http1=True, http2=False, retries=0
    )
    timeouts = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
    try:
        request = httpx.Request(method, url, headers=sent, content=body or None)
        with (
            pool,
            pool.stream(
                request.method,
                httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path or b"/"
                ),
                headers=request.headers.raw,
                content=body,
                extensions={"timeout": timeouts},
            ) as answer,
        ):
            received, is_cut = _body(answer.iter_stream(), max_bytes, cut, deadline)
    except (httpcore.TimeoutException, TimeoutError) as error:
        raise OutboundFailed(details={"reason": "timeout"}) from error
    except httpcore.ConnectError as error:
        raise OutboundFailed(details={"reason": "connect"}) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError) as error:
        raise OutboundFailed(details={"reason": "protocol"}) from error
    names = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
    return OutboundResponse(answer.status, names, received, is_cut, str(url), 0)


def _body(parts: Iterable[bytes], max_bytes: int, cut: bool, deadline: float) -> tuple[bytes, bool]:
    received = bytearray()
    for part in parts:
        received += part
        if len(received) > max_bytes:
            if not cut:
                raise OutboundFailed(_("The answer is too large."), details={"reason": "too_large"})
            return bytes(received[:max_bytes]), True
        _left(deadline)
    return bytes(received), False


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise OutboundFailed(details={"reason": "timeout"})
    return left


def _tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.OUTBOUND_CA_FILE or None)


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects to checked addresses only, and hands out streams that end at the deadline."""

    def __init__(self, deadline: float) -> None:
        self._deadline, self._plain = deadline, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        found = addresses_of(host, port, _left(self._deadline))
        fault: Exception = httpcore.ConnectError("no address")
        for address in found[:3]:
            try:
                seconds = min(_left(self._deadline), 5.0)
                stream = self._plain.connect_tcp(str(address), port, timeout=seconds)
                return _TimedStream(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                fault = error
        raise fault

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Any = None
    ) -> httpcore.NetworkStream:
        raise httpcore.ConnectError("no local sockets")


class _TimedStream(httpcore.NetworkStream):
    """Every wait is cut at the deadline, so that a byte now and then does not hold a worker for ever."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(min(max_bytes, _CHUNK), timeout=_left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=_left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            stream = self._stream.start_tls(ssl_context, server_hostname, timeout=_left(self._deadline))
        except httpcore.ConnectError as error:
            raise OutboundFailed(details={"reason": "tls"}) from error
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
