"""JSON log lines."""

import json
import logging
from datetime import UTC, datetime

from tongyi_portal.common.request_id import current_request_id
from tongyi_portal.common.task_log import current_job_id

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request", "server_time", "data"}


class JsonFormatter(logging.Formatter):
    """One line of JSON: time (UTC), level, logger, message, request, job, and what came as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := current_request_id.get():
            line["request_id"] = request_id
        if job_id := current_job_id.get():
            line["job_id"] = job_id
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
