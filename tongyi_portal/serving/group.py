"""ProcessGroup: the portal's processes under one supervisord, started, watched and stopped as one."""

import fcntl
import hashlib
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tongyi_portal.serving.log_lines import LogFollower
from tongyi_portal.serving.programs import Program

_RESTART_TRIES = 1000  # supervisord waits one second longer before each try


class GroupAlreadyRuns(Exception):
    """Another group serves from the same folder."""


class ProcessGroup:
    """One supervisord and the programs below it.

    folder: state of the group (configuration, process id, lock). logs: folder of one log file per program.
    counts: folder of what the programs count, which begins anew with each start. programs: what to run, in
    the caller's own environment.
    """

    def __init__(self, *, folder: Path, logs: Path, counts: Path, programs: Sequence[Program]) -> None:
        self.folder, self.logs, self.counts, self.programs = folder, logs, counts, programs
        self.config = folder / "supervisord.conf"
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._followers: dict[str, LogFollower] = {}

    def start(self) -> None:
        """Write the configuration and start supervisord. Raises GroupAlreadyRuns when it is not alone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        self._claim_folder()
        shutil.rmtree(self.counts, ignore_errors=True)  # a file for each process that ever ran
        self.config.touch(mode=0o600)
        self.config.write_text(self._configuration())
        names = ["supervisor", *(program.name for program in self.programs)]
        self._followers = {name: LogFollower(self._log(name)) for name in names}
        command = [sys.executable, "-m", "tongyi_portal.serving.tied", "TERM"]
        command += [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--silent"]
        # A session of its own: Ctrl-C reaches this process alone, which then stops the group in order.
        self._process = subprocess.Popen(  # noqa: S603
            [*command, "--configuration", str(self.config)], start_new_session=True, stdin=subprocess.DEVNULL
        )

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> bool:
        """End every process of the group; False when some did not end in time and were killed."""
        if self._process is None:
            return True
        self._process.send_signal(signal.SIGTERM)
        patience = max(program.stop_seconds for program in self.programs) + 5
        try:
            self._process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self._process.kill()  # the programs are tied to it and go with it
            self._process.wait()
            return False
        return True

    def new_lines(self) -> list[tuple[str, str]]:
        """What the programs logged since the last call, as (program, line)."""
        return [(name, line) for name, follower in self._followers.items() for line in follower.new_lines()]

    def _claim_folder(self) -> None:
        """Hold a lock that the system drops with this process, so that nothing is left to clean up."""
        self._lock = os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise GroupAlreadyRuns(f"Another portal already serves from {self.folder}.") from error

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def _socket(self) -> Path:
        """Where supervisorctl reaches the group: a short path, as systems allow about 100 characters."""
        mark = hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"tongyi-portal-{os.getuid()}-{mark}.sock"

    def _configuration(self) -> str:
        login: dict[str, object] = {"username": "portal", "password": secrets.token_hex(16)}
        head: dict[str, dict[str, object]] = {
            "supervisord": {
                "nodaemon": "true",
                "directory": Path.cwd(),
                "logfile": self._log("supervisor"),
                "pidfile": self.folder / "supervisord.pid",
                "childlogdir": self.logs,
                "environment": 'PYTHONUNBUFFERED="1"',
                **({"user": "root"} if os.getuid() == 0 else {}),  # said aloud, or it warns at every start
            },
            "unix_http_server": {"file": self._socket(), "chmod": "0700", **login},
            "supervisorctl": {"serverurl": f"unix://{self._socket()}", **login},
            "rpcinterface:supervisor": {
                "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
            },
            # One group, or supervisord would stop the programs one after another.
            "group:portal": {"programs": ",".join(program.name for program in self.programs)},
        }
        sections = head | {f"program:{program.name}": self._section(program) for program in self.programs}
        return "\n".join(
            f"[{title}]\n" + "".join(f"{key} = {value}\n" for key, value in section.items())
            for title, section in sections.items()
        )

    def _section(self, program: Program) -> dict[str, object]:
        tied = (sys.executable, "-m", "tongyi_portal.serving.tied", program.stop_signal)
        return {
            "command": _escaped(shlex.join([*tied, *program.command])),
            "autorestart": "true",
            "startsecs": 2,
            "startretries": _RESTART_TRIES,
            "stopsignal": program.stop_signal,
            "stopwaitsecs": program.stop_seconds,
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": self._log(program.name),
            "stdout_logfile_maxbytes": "10MB",
            "stdout_logfile_backups": 2,
        }


def _escaped(text: str) -> str:
    """supervisord expands %(name)s in its configuration; a plain percent sign is doubled."""
    return text.replace("%", "%%")
