"""ingredients_of: what a job's outputs are made of, for their signed manifest."""

from generation.models import Job
from moderation.provenance.content_credentials import Ingredient
from moderation.provenance.reading import Provenance


def ingredients_of(job: Job) -> list[Ingredient]:
    """Each upload by role, the hash of the file as it was sent, and the marks found in it; no pixels."""
    return [
        Ingredient(
            role=given.role,
            mime=given.upload.mime,
            sha256=given.upload.sha256,
            labels=tuple(
                f"{label.standard}:{label.claim}"
                for label in Provenance.from_json(given.upload.provenance).labels
            ),
        )
        for given in job.inputs.select_related("upload").order_by("role")
    ]
