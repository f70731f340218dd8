"""scan_labels: what was read from an original file, as the scanners take it. Pure Python."""

from moderation.provenance.reading import Provenance
from moderation.scanners.base import ProvenanceLabel


def scan_labels(provenance: Provenance) -> tuple[ProvenanceLabel, ...]:
    """One for each mark; a trace of a generator counts as a mark of its name."""
    return tuple(
        ProvenanceLabel(label.standard, label.claim, label.producer, label.is_valid)
        for label in provenance.labels
    )
