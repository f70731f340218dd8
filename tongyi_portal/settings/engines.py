"""What engines get: scratch folder, threads, leases."""

from tongyi_portal.settings import env
from tongyi_portal.settings.paths import VAR_DIR

ENGINE_SCRATCH_ROOT = env.folder("ENGINE_SCRATCH_ROOT", VAR_DIR / "scratch")
ENGINE_THREADS = env.whole("ENGINE_THREADS", 2, at_least=1)
JOB_LEASE_SECONDS = env.whole("JOB_LEASE_SECONDS", 60, at_least=5)
JOB_HEARTBEAT_SECONDS = env.whole("JOB_HEARTBEAT_SECONDS", 10, at_least=1)
JOB_MAX_ATTEMPTS = env.whole("JOB_MAX_ATTEMPTS", 3, at_least=1)
JOB_WAKE_AGAIN_SECONDS = env.whole("JOB_WAKE_AGAIN_SECONDS", 30, at_least=5)
# Who made the content, in the AI label: ASCII without spaces.
CONTENT_PRODUCER_CODE = env.text("CONTENT_PRODUCER_CODE", "tongyi-portal")
