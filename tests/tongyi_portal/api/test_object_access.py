"""A row of somebody else is as good as none, at every address that there is."""

import json
import re
import uuid
from typing import Any

import pytest
import yaml
from django.utils import timezone
from rest_framework.test import APIClient

from generation.models import Artifact, DirectUpload
from generation.services.uploads import upload_consent
from generation.states import JobState
from moderation.models.statement import StatementOfReasons
from moderation.services.consents import ConsentGiven
from moderation.services.texts import text_submit
from moderation.taxonomy import Surface
from tests.factories.accounts import app_client, user_with
from tests.factories.generation import UploadFactory, job_in
from tests.factories.rights import refused_by
from tests.factories.webhooks import EndpointFactory, delivery_to
from tongyi_portal.accounts.models import Scope, User
from tongyi_portal.api import schema
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db
OWNED = {
    "uploads/{upload_id}": "upload",
    "direct-uploads/{direct_upload_id}": "direct_upload",
    "jobs/{job_id}": "job",
    "artifacts/{artifact_id}": "artifact",
    "texts/{text_id}": "text",
    "rights/statements/{statement_id}": "statement",
    "rights/consents/{consent_id}": "consent",
    "webhooks/endpoints/{endpoint_id}": "endpoint",
    "webhooks/deliveries/{delivery_id}": "delivery",
}
BODIES = {
    "/jobs/{job_id}/usage": {"event": "watched"},
    "/webhooks/endpoints/{endpoint_id}/replay": {
        "since": "2026-03-01T00:00:00Z",
        "until": "2026-03-02T00:00:00Z",
    },
}


def rows_of(owner: User) -> dict[str, Any]:
    """One row of each kind that an app can own."""
    upload = UploadFactory(owner=owner)
    job = job_in(JobState.SUCCEEDED, owner=owner)
    endpoint = EndpointFactory(owner=owner)
    refused_by(
        user_with(roles.MODERATOR), owner, subject_type="upload", subject_id=UploadFactory(owner=owner).pk
    )
    consent = upload_consent(upload=upload, given=ConsentGiven(), by=owner)
    artifact = Artifact.objects.create(
        job=job, role="video", mime="video/mp4", byte_size=1, width=2, height=2, key="no/file"
    )
    direct = DirectUpload.objects.create(
        owner=owner, mime="image/jpeg", key="no/file", expires_at=timezone.now() + timezone.timedelta(hours=1)
    )
    text, _is_new = text_submit(by=owner, surface=Surface.PROMPT, text="a dance in the park")
    return {
        "upload": upload.pk,
        "direct_upload": direct.pk,
        "job": job.pk,
        "artifact": artifact.pk,
        "text": text.pk,
        "statement": StatementOfReasons.objects.filter(owner=owner).latest("created_at").pk,
        "consent": consent.pk,
        "endpoint": endpoint.pk,
        "delivery": delivery_to(endpoint).pk,
    }


def operations() -> list[tuple[str, str]]:
    """Every method and address of the document that names something."""
    paths = yaml.safe_load(schema.document())["paths"]
    return [
        (method, path.removeprefix("/api/v1"))
        for path, methods in paths.items()
        if "{" in path
        for method in methods
        if method != "parameters"
    ]


def ask(client: APIClient, method: str, path: str, first: Any) -> tuple[int, str]:
    """Status and code; `first` stands for what the address names first, nothing real for the others."""
    nowhere = {"slug": "no-such-thing", "category": "gore", "key": "no_such", "sequence": "999999999"}
    names = re.findall(r"{(\w+)}", path)
    values = {name: nowhere.get(name, str(uuid.uuid4())) for name in names}
    if first is not None:
        values[names[0]] = str(first)
    response = client.generic(
        method.upper(),
        "/api/v1" + path.format(**values),
        data=json.dumps(BODIES.get(path, {})),
        content_type="application/json",
    )
    return response.status_code, response.json()["code"]


def test_another_apps_row_is_as_good_as_none() -> None:
    rows = rows_of(user_with(roles.APP))
    stranger, _user = app_client(list(Scope.values))
    seen = set[str]()
    for method, path in operations():
        kind = next((OWNED[start] for start in OWNED if path.removeprefix("/").startswith(start)), None)
        if kind is None:
            continue
        seen.add(kind)
        assert ask(stranger, method, path, rows[kind]) == (404, "not_found"), (method, path)
    assert seen == set(rows)


def test_an_app_without_a_role_of_staff_finds_nothing_real_anywhere() -> None:
    """Staff's addresses refuse first, so what is behind them cannot even be guessed at."""
    client, _user = app_client(list(Scope.values))
    for method, path in operations():
        status, code = ask(client, method, path, None)
        assert status in {400, 403, 404, 415}, (method, path, status, code)
        if any(path.removeprefix("/").startswith(start) for start in OWNED):
            assert status == 404, (method, path, status, code)
        if path.startswith("/moderation/"):
            assert (status, code) == (403, "permission_refused"), (method, path, status, code)
