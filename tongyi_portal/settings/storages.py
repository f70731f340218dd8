"""STORAGES aliases: uploads, outputs, previews; local disk by default, S3 when S3_BUCKET is set."""

from typing import Any

from tongyi_portal.settings import env
from tongyi_portal.settings.paths import VAR_DIR

S3_BUCKET = env.text("S3_BUCKET")
STORAGE_ROOT = VAR_DIR / "storage"


def _alias(name: str) -> dict[str, Any]:
    if not S3_BUCKET:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(STORAGE_ROOT / name), "base_url": None},
        }
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "location": name,
            "endpoint_url": env.text("S3_ENDPOINT_URL") or None,
            "region_name": env.text("S3_REGION") or None,
            "access_key": env.text("S3_ACCESS_KEY") or None,
            "secret_key": env.text("S3_SECRET_KEY") or None,
            "signature_version": "s3v4",  # the older one is refused by newer regions and stores
            "addressing_style": env.text("S3_ADDRESSING_STYLE", "auto"),
            "default_acl": "private",
            "file_overwrite": False,
            "querystring_auth": True,
            "querystring_expire": env.whole("SIGNED_URL_SECONDS", 3600, at_least=10),
        },
    }


STORAGES: dict[str, dict[str, Any]] = {
    "default": _alias("uploads"),
    "uploads": _alias("uploads"),
    "outputs": _alias("outputs"),
    "previews": _alias("previews"),
    "staticfiles": {"BACKEND": "tongyi_portal.common.static_files.HashedStaticFiles"},
}
