"""The content policy lets media in from where signed addresses lead, and from nowhere else."""

from collections.abc import Iterator

import pytest
from django.core.files.storage import storages
from pytest_django.fixtures import Settings

from tongyi_portal.studio import content_policy


@pytest.fixture
def _fresh_hosts() -> Iterator[None]:
    content_policy._media_hosts.cache_clear()
    yield
    content_policy._media_hosts.cache_clear()


def rules() -> dict[str, list[str]]:
    parts = [rule.split() for rule in content_policy.content_policy().split("; ")]
    return {name: sources for name, *sources in parts}


@pytest.mark.usefixtures("_fresh_hosts")
def test_with_local_files_only_this_site_is_allowed() -> None:
    assert rules()["media-src"] == ["'self'", "blob:", "data:"]
    assert rules()["connect-src"] == ["'self'"]


@pytest.mark.usefixtures("_fresh_hosts")
def test_with_an_object_store_its_host_is_allowed_for_media(settings: Settings) -> None:
    bucket = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": "dances",
            "endpoint_url": "https://objects.example.org",
            "addressing_style": "path",
            "access_key": "key",
            "secret_key": "secret",
            "region_name": "eu-central-1",
        },
    }
    settings.STORAGES = {**settings.STORAGES, "outputs": bucket, "previews": bucket}
    assert storages["outputs"] is not None
    assert "https://objects.example.org" in rules()["media-src"]
    assert "https://objects.example.org" in rules()["connect-src"]
    assert rules()["default-src"] == ["'self'"]
