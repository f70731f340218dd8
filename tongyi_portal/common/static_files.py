"""HashedStaticFiles: static files under hashed names, also where one script imports another."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Rewrites the imports of ES modules too: a new page must never run with an old, cached module."""

    support_js_module_import_aggregation = True
