"""Limits on what comes in: bytes, pixels, frames, sides."""

from tongyi_portal.settings import env

UPLOAD_MAX_BYTES = env.whole("UPLOAD_MAX_BYTES", 20 * 1024 * 1024, at_least=1024)
UPLOAD_MAX_PIXELS = env.whole("UPLOAD_MAX_PIXELS", 50_000_000, at_least=10_000)
UPLOAD_MIN_SIDE = env.whole("UPLOAD_MIN_SIDE", 224, at_least=16)
UPLOAD_STORED_MAX_SIDE = env.whole("UPLOAD_STORED_MAX_SIDE", 2560, at_least=256)
# A picture of a few kilobytes may take hundreds of megabytes while it is decoded.
UPLOADS_AT_ONCE = env.whole("UPLOADS_AT_ONCE", 2, at_least=1)
UPLOAD_WAIT_SECONDS = env.whole("UPLOAD_WAIT_SECONDS", 20)
# Pictures named by address are fetched within the request, so both numbers bound what that holds up.
UPLOAD_FETCH_SECONDS = env.whole("UPLOAD_FETCH_SECONDS", 10, at_least=1)
UPLOAD_FETCHES_AT_ONCE = env.whole("UPLOAD_FETCHES_AT_ONCE", 2, at_least=1)
DIRECT_UPLOAD_SECONDS = env.whole("DIRECT_UPLOAD_SECONDS", 900, at_least=60)
# Whose jobs need a recorded consent of the person in the photo: the studio's, everybody's, nobody's.
CONSENT_REQUIRED = env.one_of("CONSENT_REQUIRED", "studio", ("studio", "always", "never"))
# Dance videos come in parts: what one request may carry, all of them together, and how long one may lie idle.
MOTION_PART_MAX_BYTES = env.whole("MOTION_PART_MAX_BYTES", 8 * 1024 * 1024, at_least=1024)
MOTION_MAX_BYTES = env.whole("MOTION_MAX_BYTES", 200 * 1024 * 1024, at_least=1024)
MOTION_KEEP_HOURS = env.whole("MOTION_KEEP_HOURS", 24, at_least=1)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
SIGNED_URL_SECONDS = env.whole("SIGNED_URL_SECONDS", 3600, at_least=10)
