"""docs/api/webhooks.md tells the truth."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tongyi_portal.webhooks.event_types import EVENT_TYPES
from tongyi_portal.webhooks.signing import secret_new


@pytest.fixture
def document(project_root: Path) -> str:
    return (project_root / "docs" / "api" / "webhooks.md").read_text()


def test_every_event_type_stands_there_with_its_example(document: str) -> None:
    shown = re.findall(r"### `([a-z_.]+)`\n.*?```json\n(.*?)```", document, re.DOTALL)

    assert {name: json.loads(text) for name, text in shown} == {
        name: kind.example for name, kind in EVENT_TYPES.items()
    }


def test_the_python_example_accepts_what_the_portal_sends_and_nothing_else(document: str) -> None:
    example: dict[str, Any] = {}
    (code,) = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    exec(code, example)  # our own document
    secret, moment, body = secret_new(), datetime.now(UTC), '{"type":"webhook.test"}'
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": "v1,AAAA " + Webhook(secret).sign("msg_1", moment, body),
    }

    assert example["verify"](secret, headers, body.encode()) == {"type": "webhook.test"}
    for changed in ({"webhook-id": "msg_2"}, {"webhook-timestamp": "1"}):
        with pytest.raises(ValueError):
            example["verify"](secret, headers | changed, body.encode())
    with pytest.raises(ValueError):
        example["verify"](secret_new(), headers, body.encode())
