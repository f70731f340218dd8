"""DemoApp: an app that knows nothing of the portal but its address, a token and the REST API."""

import hashlib
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import httpx

API = "/api/v1"
ENDED = frozenset({"succeeded", "rejected", "failed", "cancelled"})
WAITS_FOR_A_PERSON = frozenset({"held", "in_review"})
Json = dict[str, Any]


class DemoFailed(Exception):
    """The way to a video ended early; the message says why in a sentence."""


class DemoApp:
    """One conversation with the API. Every method raises DemoFailed with the portal's own words.

    base_url: where the portal answers, without a trailing slash. token: the secret of an API token.
    """

    def __init__(self, base_url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=60, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.close()

    def upload(self, photo: Path) -> Json:
        """Send a photo; the answer's state is "accepted" or "in_review"."""
        with photo.open("rb") as file:
            return self._ask(
                "POST", "/uploads", files={"file": (photo.name, file)}, data={"surface": "photo"}
            )

    def check(self, upload_id: str) -> Json:
        """What the portal thinks of the photo. Raises DemoFailed when nobody in it can dance."""
        report = self._ask("POST", "/photo-checks", json={"photo": upload_id})
        if not report["passed"]:
            reasons = " ".join(fault["message"] for fault in report["faults"])
            raise DemoFailed(f"This photo cannot dance. {reasons}")
        return report

    def submit(self, upload_id: str, template: str, duration_seconds: int) -> Json:
        """Submit a dance video; sending it twice by accident makes one job, by its Idempotency-Key."""
        params = {"photo": upload_id, "template": template, "duration_seconds": duration_seconds}
        body = {"kind": "dance_video", "params": params}
        return self._ask("POST", "/jobs", json=body, headers={"Idempotency-Key": str(uuid.uuid4())})

    def wait(self, job: Json, see: Callable[[Json], None], *, for_people: bool) -> Json:
        """Ask as often as the portal proposes until the job has ended, and show each answer to `see`.

        for_people: keep waiting while a moderator has to decide. Raises DemoFailed otherwise, and for any end
        but "succeeded".
        """
        while job["state"] not in ENDED:
            see(job)
            if job["state"] in WAITS_FOR_A_PERSON and not for_people:
                raise DemoFailed("A moderator has to decide on it first." + _reasons(job))
            time.sleep(job["next_poll_seconds"] or 1.0)
            job = self._ask("GET", f"/jobs/{job['id']}")
        see(job)
        if job["state"] != "succeeded":
            said = f" {job['error']['message']}" if job.get("error") else ""
            raise DemoFailed(f"The job ended as {job['state']}.{said}{_reasons(job)}")
        return job

    def download(self, job: Json, folder: Path) -> Path:
        """Save the job's video below `folder`; the bytes are compared with the SHA-256 that the API tells."""
        video = next(artifact for artifact in job["artifacts"] if artifact["role"] == "video")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{job['template']}-{job['id'][:8]}.mp4"
        digest = hashlib.sha256()
        try:
            # A signed address of its own: without the token, as any player would fetch it.
            stream = httpx.stream("GET", video["url"], timeout=60, trust_env=False)
            with stream as answer, path.open("wb") as out:
                answer.raise_for_status()
                for chunk in answer.iter_bytes():
                    digest.update(chunk)
                    out.write(chunk)
        except httpx.HTTPError as error:
            raise DemoFailed(f"The video could not be downloaded: {error}.") from error
        if digest.hexdigest() != video["sha256"]:
            raise DemoFailed("The downloaded video differs from the one that was made.")
        return path

    def _ask(self, method: str, path: str, **request: Any) -> Json:
        try:
            answer = self._http.request(method, f"{API}{path}", **request)
            body: Json = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise DemoFailed(f"The portal did not answer {method} {path} as it should: {error!r}.") from error
        if answer.is_error:
            raise DemoFailed(f"{body['message']}{_reasons(body.get('details', {}))} ({body['code']})")
        return body


def _reasons(holder: Mapping[str, Any]) -> str:
    return "".join(f" {reason['text']}" for reason in holder.get("reasons") or [])
