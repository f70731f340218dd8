"""The queue and its workers: scratch folder, threads, leases, limits, shares, what this worker has."""

from tongyi_portal.settings import env
from tongyi_portal.settings.paths import VAR_DIR

ENGINE_SCRATCH_ROOT = env.folder("ENGINE_SCRATCH_ROOT", VAR_DIR / "scratch")
ENGINE_THREADS = env.whole("ENGINE_THREADS", 2, at_least=1)
JOB_LEASE_SECONDS = env.whole("JOB_LEASE_SECONDS", 60, at_least=5)
JOB_HEARTBEAT_SECONDS = env.whole("JOB_HEARTBEAT_SECONDS", 10, at_least=1)
JOB_MAX_ATTEMPTS = env.whole("JOB_MAX_ATTEMPTS", 3, at_least=1)
# After a failed attempt; three times as long after each further one, up to ten minutes.
JOB_RETRY_PAUSE_SECONDS = env.whole("JOB_RETRY_PAUSE_SECONDS", 10)
# Below the task's own limits, so that a job ends with its reason before its process is killed without one.
JOB_SOFT_TIME_LIMIT_SECONDS = env.whole("JOB_SOFT_TIME_LIMIT_SECONDS", 1020, at_least=1)
JOB_HARD_TIME_LIMIT_SECONDS = env.whole("JOB_HARD_TIME_LIMIT_SECONDS", 1140, at_least=1)
JOB_MEMORY_LIMIT_MB = env.whole("JOB_MEMORY_LIMIT_MB", 0)  # of the process that works on a job; 0: none
MIN_FREE_DISK_MB = env.whole("MIN_FREE_DISK_MB", 500)
JOB_WAKE_AGAIN_SECONDS = env.whole("JOB_WAKE_AGAIN_SECONDS", 30, at_least=5)
# Who made the content, in the AI label: ASCII without spaces.
CONTENT_PRODUCER_CODE = env.text("CONTENT_PRODUCER_CODE", "tongyi-portal")
# How the waiting jobs are ordered: generation/fair_queue.py.
FAIR_WINDOW_SECONDS = env.whole("FAIR_WINDOW_SECONDS", 1800, at_least=1)
BATCH_PATIENCE_SECONDS = env.whole("BATCH_PATIENCE_SECONDS", 900)
QUEUE_AGEING_PERCENT = env.whole("QUEUE_AGEING_PERCENT", 10, at_least=1)
AFFINITY_PATIENCE_SECONDS = env.whole("AFFINITY_PATIENCE_SECONDS", 30)
PERSON_IN_FLIGHT = env.whole("PERSON_IN_FLIGHT", 2)  # 0: any number
APP_IN_FLIGHT = env.whole("APP_IN_FLIGHT", 0)
# What this machine's workers have; 0: the machine's memory, and no GPU. No engines named: all that fit.
WORKER_MEMORY_MB = env.whole("WORKER_MEMORY_MB", 0)
WORKER_GPU_MEMORY_MB = env.whole("WORKER_GPU_MEMORY_MB", 0)
WORKER_ENGINES = env.names("WORKER_ENGINES")
