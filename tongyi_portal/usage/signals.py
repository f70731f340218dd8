"""What usage tells those above it.

usage_recorded (kind, job_kind, engine, code, wait_ms, run_ms): an event was written; sent inside the
transaction of what it tells of, which may still be undone.
"""

from django.dispatch import Signal

usage_recorded = Signal()
