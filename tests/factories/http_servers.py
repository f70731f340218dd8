"""Real HTTP servers on this machine, for what asks other people's servers."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Received:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answers:
    """What a server says: `status`, `headers` and `body`, or whatever `respond` does with the handler."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    respond: Callable[[BaseHTTPRequestHandler], None] | None = None


@dataclass
class RunningServer:
    """A server that runs, what it was sent so far, and what it answers next."""

    port: int
    scheme: str = "http"
    received: list[Received] = field(default_factory=list)
    answers: Answers = field(default_factory=Answers)

    @property
    def url(self) -> str:
        return f"{self.scheme}://localhost:{self.port}/hook"


@contextmanager
def http_server(tls: ssl.SSLContext | None = None) -> Iterator[RunningServer]:
    """A server on localhost for the length of a with block."""
    running = RunningServer(0, "https" if tls else "http")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            running.received.append(Received(self.command, self.path, headers, body))
            if running.answers.respond is not None:
                running.answers.respond(self)
                return
            self.send_response(running.answers.status)
            for name, value in running.answers.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(running.answers.body)))
            self.end_headers()
            self.wfile.write(running.answers.body)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    running.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def tls_for(name: str, folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS context for `name`, and the file of the authority that vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(hours=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, authority = folder / f"{name}.pem", folder / f"{name}-authority.pem"
    public = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + public)
    authority.write_bytes(public)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, authority
