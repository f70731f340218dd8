"""The developer's settings with queues of this test's own, as a broker on this machine may be shared."""

import os

from kombu import Queue

from tongyi_portal.settings.dev import *  # noqa: F403

_QUEUE = os.environ["TEST_QUEUE"]
CELERY_TASK_QUEUES = [Queue(_QUEUE, auto_delete=True)]
CELERY_TASK_DEFAULT_QUEUE = _QUEUE
CELERY_TASK_ROUTES = {"*": {"queue": _QUEUE}}
