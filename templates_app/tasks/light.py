"""Tasks of the light queue: counting who was shown which cover."""

from celery import shared_task

from templates_app.services.covers import cover_view_record


@shared_task
def record_cover_view(view: str) -> None:
    """Note that a viewer was shown a cover that is tried out: "<variant>:<viewer>". Safe to run twice."""
    variant_id, _, viewer = view.partition(":")
    cover_view_record(variant_id=int(variant_id), viewer=viewer)
