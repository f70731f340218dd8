"""Command lines of the portal's processes."""

from datetime import timedelta
from types import SimpleNamespace

from gunicorn.config import Config
from gunicorn.glogging import Logger

from tongyi_portal.serving import programs


def test_the_access_log_holds_no_token_of_a_signed_address() -> None:
    command = programs.web(host="127.0.0.1", port=1, processes=1, threads=1).command
    log_format = command[command.index("--access-logformat") + 1]
    logger = Logger(Config())
    atoms = logger.atoms(
        SimpleNamespace(status="200 OK", sent=7, headers=[]),
        SimpleNamespace(headers=[("REFERER", "https://portal.example/media/x?token=secret")]),
        {
            "REQUEST_METHOD": "GET",
            "RAW_URI": "/media/artifacts/1?token=secret",
            "PATH_INFO": "/media/artifacts/1",
            "QUERY_STRING": "token=secret",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "192.0.2.1",
            "HTTP_REFERER": "https://portal.example/media/x?token=secret",
            "HTTP_USER_AGENT": "a player",
        },
        timedelta(seconds=1),
    )
    line = log_format % logger.atoms_wrapper_class(atoms)
    assert "secret" not in line
    assert line.startswith("192.0.2.1 - - [")
    assert line.endswith('"GET /media/artifacts/1 HTTP/1.1" 200 7 "a player"')
