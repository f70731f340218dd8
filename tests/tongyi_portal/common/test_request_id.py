"""Each request has an id, which its log lines and its answer carry."""

import json
import logging
from typing import Any

import pytest
from django.test import Client

from tongyi_portal.common.json_logs import JsonFormatter
from tongyi_portal.common.request_id import current_request_id


@pytest.fixture
def lines() -> Any:
    """The lines that Django logs of requests."""
    written: list[dict[str, Any]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(json.loads(JsonFormatter().format(record)))

    handler = Keep()
    logging.getLogger("django.request").addHandler(handler)
    yield written
    logging.getLogger("django.request").removeHandler(handler)


@pytest.mark.django_db
def test_the_answer_and_the_line_of_its_fault_carry_the_id_that_was_given(
    lines: list[dict[str, Any]],
) -> None:
    response = Client().get("/api/v1/jobs", headers={"x-request-id": "my-request-42"})
    assert response["X-Request-Id"] == "my-request-42"
    assert [line["request_id"] for line in lines] == ["my-request-42"]


@pytest.mark.parametrize("given", ["short", "with space in it", "x" * 65, 'quo"te-1234', "line\nbreak-1234"])
def test_an_id_that_is_not_well_formed_is_replaced(given: str) -> None:
    answered = Client().get("/healthz", headers={"x-request-id": given})["X-Request-Id"]
    assert answered != given
    assert len(answered) == 32


def test_nothing_is_left_of_a_request_once_it_is_answered() -> None:
    Client().get("/healthz", headers={"x-request-id": "my-request-42"})
    assert current_request_id.get() == ""
