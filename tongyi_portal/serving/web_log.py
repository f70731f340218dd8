"""WebLog: what gunicorn has to say, as JSON lines, with one line for each request."""

from datetime import timedelta
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from tongyi_portal.common.json_logs import JsonFormatter


class WebLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Requests are told without their query and referrer: both may hold the token of a signed address."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                handler.setFormatter(JsonFormatter())

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """Called by gunicorn once an answer is sent."""
        answered = {name.lower(): value for name, value in resp.headers}
        told = {
            "status": int(str(resp.status).split(None, 1)[0]),
            "bytes": getattr(resp, "sent", None),
            "milliseconds": round(request_time.total_seconds() * 1000),
            "address": environ.get("REMOTE_ADDR", ""),
            "agent": environ.get("HTTP_USER_AGENT", ""),
        }
        if request_id := answered.get("x-request-id"):
            told["request_id"] = request_id
        self.access_log.info("%s %s", environ.get("REQUEST_METHOD"), environ.get("PATH_INFO"), extra=told)
