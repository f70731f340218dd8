"""A real S3 server (SeaweedFS) on this machine, and the portal's storages on it."""

import json
import os
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from tongyi_portal.settings import storages

BUCKET, KEY, SECRET = "portal-tests", "portal-key", "portal-secret"
PORTS = ("master", "volume", "filer", "s3")
START_SECONDS = 60


@dataclass(frozen=True)
class S3Server:
    """A server that runs, with an empty bucket."""

    url: str
    client: Any

    def stored(self) -> list[str]:
        """Everything that lies in the bucket."""
        return sorted(one["Key"] for one in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", []))

    def storages(self, monkeypatch: Any) -> dict[str, dict[str, Any]]:
        """STORAGES as the settings make them for this server."""
        for name, value in {
            "S3_ENDPOINT_URL": self.url,
            "S3_ACCESS_KEY": KEY,
            "S3_SECRET_KEY": SECRET,
            "S3_ADDRESSING_STYLE": "path",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(storages, "S3_BUCKET", BUCKET)
        return {name: storages._alias(name) for name in ("uploads", "outputs", "previews")}


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """A server whose files lie in `folder`, for the length of a with block."""
    ports = _free_ports()
    identity = {
        "name": "portal",
        "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    command = [str(Path(sysconfig.get_path("scripts")) / "weed"), "-logtostderr=true", "server"]
    command += [f"-dir={folder}"]
    command += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false", "-filer", "-s3"]
    command += [f"-s3.config={folder / 's3.json'}", "-volume.max=5", "-master.volumeSizeLimitMB=64"]
    command += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
    for name, port in ports.items():
        command += [f"-{name}.port={port}", f"-{name}.port.grpc={port + 10_000}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        yield _once_up(process, f"http://127.0.0.1:{ports['s3']}")
    finally:
        process.kill()
        process.wait()


def _once_up(process: subprocess.Popen[bytes], url: str) -> S3Server:
    client = get_session().create_client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            if not client.list_buckets()["Buckets"]:
                client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key="probe", Body=b"x")  # the volumes come up last
            client.delete_object(Bucket=BUCKET, Key="probe")
            return S3Server(url, client)
        except (BotoCoreError, ClientError):
            if process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.2)


def _free_ports() -> dict[str, int]:
    """Ports below 30000 whose ports 10000 above are free as well: those are for gRPC."""
    found: dict[str, int] = {}
    candidate = 20_000 + os.getpid() % 5000
    for name in PORTS:
        while not (_is_free(candidate) and _is_free(candidate + 10_000)):
            candidate += 1
        found[name] = candidate
        candidate += 1
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
