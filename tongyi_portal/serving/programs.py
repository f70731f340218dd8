"""Which processes make up a running portal, and the command line of each."""

import sys
from dataclasses import dataclass
from pathlib import Path

THREADS = {"outbound": 8}  # of queues whose tasks wait for other people's servers


@dataclass(frozen=True)
class Program:
    """One supervised process.

    name: short, used as log prefix and file name. command: argument list. stop_signal: what asks it to end
    within a few seconds. stop_seconds: how long it may take before it is killed.
    """

    name: str
    command: tuple[str, ...]
    stop_signal: str
    stop_seconds: int


def web(*, host: str, port: int, processes: int, threads: int, grace_seconds: int = 3) -> Program:
    """gunicorn with threads; a slow download holds a thread, never the process.

    grace_seconds: how long requests that are being answered may go on when it is asked to end.
    """
    command = (
        sys.executable,
        *("-m", "gunicorn", "tongyi_portal.wsgi:application"),
        *("--bind", f"{host}:{port}", "--worker-class", "gthread"),
        *("--workers", str(processes), "--threads", str(threads)),
        *("--timeout", "60", "--graceful-timeout", str(grace_seconds), "--keep-alive", "5"),
        *("--no-control-socket", "--access-logfile", "-"),
        *("--logger-class", "tongyi_portal.serving.web_log.WebLog"),
    )
    return Program("web", command, stop_signal="TERM", stop_seconds=grace_seconds + 2)


def worker(queue: str) -> Program:
    """One Celery worker for one queue: with one child, which renders and may be killed alone, or threads.

    SIGQUIT is Celery's cold shutdown. With the built-in broker it takes an idle worker 5 to 7 seconds (sleeps
    in its loops), so it is killed before: a job that was cut off is started again when its lease is over.
    """
    threads = THREADS.get(queue, 0)
    command = (
        sys.executable,
        *("-m", "celery", "--app", "tongyi_portal.celery", "--quiet", "worker"),
        *("--queues", queue, "--hostname", f"{queue}@%h"),
        *("--pool", "threads" if threads else "prefork", "--concurrency", str(threads or 1)),
        *("--without-gossip", "--without-mingle", "--loglevel", "INFO"),
    )
    return Program(f"worker-{queue}", command, stop_signal="QUIT", stop_seconds=3)


def beat(*, folder: Path) -> Program:
    """Celery's clock; the schedule it remembers lies in `folder`."""
    command = (
        sys.executable,
        *("-m", "celery", "--app", "tongyi_portal.celery", "--quiet", "beat"),
        *("--schedule", str(folder / "beat-schedule"), "--pidfile", "", "--loglevel", "WARNING"),
    )
    return Program("beat", command, stop_signal="TERM", stop_seconds=4)
