"""Content Credentials (C2PA), and what the public check of a file accepts."""

from django.core.exceptions import ImproperlyConfigured

from tongyi_portal.settings import env

C2PA_CERTIFICATE = env.text("C2PA_CERTIFICATE")  # PEM files: the chain, the signer's own first
C2PA_PRIVATE_KEY = env.text("C2PA_PRIVATE_KEY")  # PKCS 8, not encrypted, readable for the portal alone
if bool(C2PA_CERTIFICATE) != bool(C2PA_PRIVATE_KEY):
    raise ImproperlyConfigured("C2PA_CERTIFICATE and C2PA_PRIVATE_KEY go together.")
C2PA_TIMESTAMP_URL = env.text("C2PA_TIMESTAMP_URL")
C2PA_TRUST_ANCHORS = env.text("C2PA_TRUST_ANCHORS")
CHECK_FILE_MAX_BYTES = env.whole("CHECK_FILE_MAX_BYTES", 50 * 1024 * 1024, at_least=1024)
