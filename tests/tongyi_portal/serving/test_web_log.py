"""What gunicorn logs is JSON and holds no secret of an address."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from tongyi_portal.serving.web_log import WebLog


def test_a_request_is_one_line_without_the_token_of_a_signed_address(
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = Config()
    config.set("accesslog", "-")
    WebLog(config).access(
        SimpleNamespace(status="200 OK", sent=7, headers=[("X-Request-Id", "request-12345")]),
        SimpleNamespace(headers=[("REFERER", "https://portal.example/media/x?token=secret")]),
        {
            "REQUEST_METHOD": "GET",
            "RAW_URI": "/media/artifacts/1?token=secret",
            "PATH_INFO": '/media/artifacts/"1\\',
            "QUERY_STRING": "token=secret",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "192.0.2.1",
            "HTTP_REFERER": "https://portal.example/media/x?token=secret",
            "HTTP_USER_AGENT": "a player",
        },
        timedelta(seconds=1),
    )
    written = capsys.readouterr()
    line = written.out + written.err
    assert "secret" not in line
    event = json.loads(line)
    assert event["message"] == 'GET /media/artifacts/"1\\'
    assert (event["status"], event["bytes"], event["milliseconds"]) == (200, 7, 1000)
    assert (event["request_id"], event["address"], event["agent"]) == (
        "request-12345",
        "192.0.2.1",
        "a player",
    )


def test_what_gunicorn_says_of_itself_is_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    WebLog(Config()).info("Listening at %s", "nowhere")
    written = capsys.readouterr()
    assert json.loads(written.out + written.err)["message"] == "Listening at nowhere"
