"""Tasks of the light queue: what the clock does to versions and featured slots."""

from celery import shared_task

from templates_app.services import scheduling
from templates_app.services.featuring import featured_refresh as refresh


@shared_task
def versions_advance() -> None:
    """Let due versions go live and retire. Safe at any time and to run twice."""
    scheduling.versions_advance()


@shared_task
def featured_refresh() -> None:
    """Bring the catalogue's featured positions up to date with the clock. Safe to run twice."""
    refresh()
