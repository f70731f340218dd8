"""Queues (light, gpu, outbound), routes by glob, time limits, beat schedule.

The database row is the truth and the broker only a wake-up, so the built-in broker may lose a message: the
reconciler (`generation.tasks.light.requeue_lost`) sends it again.
"""

from typing import Any

from kombu import Queue

from tongyi_portal.settings import env
from tongyi_portal.settings.engines import JOB_MEMORY_LIMIT_MB
from tongyi_portal.settings.paths import VAR_DIR

CELERY_BROKER_URL = env.text("BROKER_URL", "filesystem://localhost//")
_BROKER_FOLDER = VAR_DIR / "broker"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {}
if CELERY_BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_BROKER_FOLDER / "messages"),
        "data_folder_out": str(_BROKER_FOLDER / "messages"),
        "control_folder": str(_BROKER_FOLDER / "control"),
        "polling_interval": 0.05,
    }
elif CELERY_BROKER_URL.startswith("redis"):
    # At least twice the hard limit of the longest task: a smaller one starts a running job again.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_TASK_QUEUES = [Queue("light"), Queue("gpu"), Queue("outbound")]
CELERY_TASK_DEFAULT_QUEUE = "light"
CELERY_TASK_ROUTES = {
    "*.tasks.gpu.*": {"queue": "gpu"},
    "*.tasks.light.*": {"queue": "light"},
    "*.tasks.outbound.*": {"queue": "outbound"},
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# KB at the peak: what one job left behind must not count against the next one's limit.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = JOB_MEMORY_LIMIT_MB * 1024 * 3 // 4 or None
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SOFT_TIME_LIMIT = env.whole("TASK_SOFT_TIME_LIMIT_SECONDS", 1080, at_least=10)
CELERY_TASK_TIME_LIMIT = env.whole("TASK_TIME_LIMIT_SECONDS", 1200, at_least=20)
# How long a worker that is asked to end (SIGQUIT) goes on with what it does; what is left is done elsewhere.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = env.whole("WORKER_DRAIN_SECONDS", 0)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "requeue-lost-jobs": {"task": "generation.tasks.light.requeue_lost", "schedule": 10.0},
    "refresh-popularity": {"task": "generation.tasks.light.refresh_popularity", "schedule": 600.0},
    "purge-scratch": {"task": "generation.tasks.light.purge_scratch", "schedule": 3600.0},
    "wipe-uploads": {"task": "generation.tasks.light.wipe_uploads", "schedule": 300.0},
    "expire-direct-uploads": {
        "task": "generation.tasks.light.expire_direct_uploads",
        "schedule": 300.0,
    },
    "wipe-artifacts": {"task": "generation.tasks.light.wipe_artifacts", "schedule": 300.0},
    "check-cut-off-motions": {"task": "templates_app.tasks.light.check_cut_off_motions", "schedule": 60.0},
    "check-cut-off-versions": {
        "task": "templates_app.tasks.light.check_cut_off_versions",
        "schedule": 60.0,
    },
    "expire-motions": {"task": "templates_app.tasks.light.expire_motions", "schedule": 600.0},
    "wipe-motions": {"task": "templates_app.tasks.light.wipe_motions", "schedule": 300.0},
    "expire-consents": {"task": "moderation.tasks.light.expire_consents", "schedule": 60.0},
    "continue-erasures": {"task": "moderation.tasks.light.continue_erasures", "schedule": 60.0},
    "wipe-frames": {"task": "moderation.tasks.light.wipe_frames", "schedule": 1800.0},
    "purge-guests": {"task": "tongyi_portal.accounts.tasks.light.purge_guests", "schedule": 86400.0},
    "purge-sessions": {"task": "tongyi_portal.accounts.tasks.light.purge_sessions", "schedule": 86400.0},
    "purge-idempotency-keys": {
        "task": "generation.tasks.light.purge_idempotency_keys",
        "schedule": 86400.0,
    },
    "relay-webhooks": {"task": "tongyi_portal.webhooks.tasks.light.relay", "schedule": 5.0},
    "purge-webhooks": {"task": "tongyi_portal.webhooks.tasks.light.purge", "schedule": 86400.0},
    "roll-up-usage": {
        "task": "tongyi_portal.usage.tasks.light.roll_up",
        "schedule": 60.0,
        "options": {"expires": 60.0},  # a busy worker need not catch up: one run sums all that is new
    },
    "sample-load": {
        "task": "generation.tasks.light.sample_load",
        "schedule": 60.0,
        "options": {"expires": 30.0},
    },
    "advance-report-schedules": {
        "task": "tongyi_portal.usage.tasks.light.advance_schedules",
        "schedule": 30.0,
    },
    "prepare-usage": {"task": "tongyi_portal.usage.tasks.light.prepare", "schedule": 3600.0},
    "compare-usage": {"task": "tongyi_portal.usage.tasks.light.compare", "schedule": 86400.0},
    "purge-usage": {"task": "tongyi_portal.usage.tasks.light.purge", "schedule": 86400.0},
    "resume-policy-work": {"task": "moderation.tasks.light.policy_work_resume", "schedule": 60.0},
    "expire-review-claims": {"task": "moderation.tasks.light.expire_claims", "schedule": 30.0},
    "advance-versions": {"task": "templates_app.tasks.light.versions_advance", "schedule": 30.0},
    "refresh-featured": {"task": "templates_app.tasks.light.featured_refresh", "schedule": 60.0},
    "settle-review-answers": {
        "task": "moderation.tasks.light.settle_due",
        "schedule": 2.0,
        "options": {"expires": 4.0},  # a busy worker need not catch up: the next one settles them all
    },
}
