"""Command lines of the portal's processes."""

from tongyi_portal.serving import programs


def test_the_web_server_logs_as_the_rest_of_the_portal_does() -> None:
    command = programs.web(host="127.0.0.1", port=1, processes=1, threads=1).command
    assert command[command.index("--logger-class") + 1] == "tongyi_portal.serving.web_log.WebLog"
