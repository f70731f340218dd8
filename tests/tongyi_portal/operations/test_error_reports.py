"""Reports of errors leave out who asked, what was sent and what the variables held."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SECRETS = (
    "secret-query",
    "secret-header",
    "secret-cookie",
    "secret-body",
    "secret-variable",
    "192.0.2.77",
    "secret-row",
)
SCRIPT = """
import json
from io import BytesIO
from wsgiref.util import setup_testing_defaults
from tongyi_portal.wsgi import application
from sentry_sdk.transport import HttpTransport
from tongyi_portal.operations import middleware

def keep(_self, envelope):
    for item in envelope.items:
        print(json.dumps({"type": item.type, "event": item.payload.json}, default=str))

HttpTransport.capture_envelope = keep

def broken(request):
    held = "secret-" + "variable"
    raise ValueError("it broke\\nDETAIL: Failing row contains (secret-row)")

middleware.PROBES["/healthz"] = broken
environ = {
    "REQUEST_METHOD": "POST", "PATH_INFO": "/healthz", "QUERY_STRING": "token=secret-query",
    "REMOTE_ADDR": "192.0.2.77", "HTTP_COOKIE": "sessionid=secret-cookie",
    "HTTP_AUTHORIZATION": "Bearer secret-header", "CONTENT_TYPE": "application/json",
    "CONTENT_LENGTH": "20", "wsgi.input": BytesIO(b'{"a": "secret-body"}'),
}
setup_testing_defaults(environ)
list(application(environ, lambda status, headers, *rest: None))
"""


@pytest.mark.slow
def test_a_report_names_the_fault_and_no_person(project_root: Path, tmp_path: Path) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tongyi_portal.settings.dev",
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": "sqlite://:memory:",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SENTRY_DSN": "http://key@127.0.0.1:1/1",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=project_root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    sent = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    events = [one["event"] for one in sent if one["type"] == "event"]
    assert "it broke" in {event["exception"]["values"][0]["value"] for event in events}
    assert events[0]["request"] == {"method": "POST", "url": "http://127.0.0.1/healthz"}
    assert [secret for secret in SECRETS if secret in json.dumps(sent)] == []
