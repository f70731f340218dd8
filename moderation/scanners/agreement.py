"""What the nudity detector and the whole-picture classifier say together. Pure Python.

They fail differently: the detector knows where and what, the classifier misses less. Both together are proof
enough to block; a large difference between them is a reason for a person to look.
"""

from collections.abc import Sequence

from moderation.scanners.base import Finding, Media
from moderation.taxonomy import Category, Severity

KEY, VERSION = "agreement", "1.0"
COMPARES = frozenset({Media.IMAGE, Media.VIDEO_FRAME})
EXPOSED_FROM = 45.0  # the detector scores clothed people up to about 32
CERTAIN_FROM = 80.0
DIFFERENCE_FROM = 30.0  # stored from here up; what counts is the policy's affair


def compare(detected: Sequence[Finding], classified: Sequence[Finding]) -> list[Finding]:
    """Findings that only the two together give: `nudity_corroborated`, `nudity_disputed`.

    detected: what the detector saw in a picture; classified: what the classifier said of the same picture.
    """
    exposed = max(
        (one for one in detected if one.severity >= Severity.SERIOUS), key=_confidence, default=None
    )
    whole = max(classified, key=_confidence, default=None)
    if whole is None:
        return []
    seen = exposed.confidence if exposed is not None else 0.0
    box = exposed.box if exposed is not None else None
    evidence = {
        "detector": seen,
        "detector_label": exposed.label if exposed is not None else "",
        "classifier": whole.confidence,
    }
    found = []
    if seen >= EXPOSED_FROM and whole.confidence >= CERTAIN_FROM:
        found.append(
            Finding(
                Category.SEXUAL_EXPLICIT,
                Severity.EXTREME,
                whole.confidence,
                "nudity_corroborated",
                box,
                evidence,
            )
        )
    difference = round(abs(seen - whole.confidence), 2)
    if difference >= DIFFERENCE_FROM:
        found.append(
            Finding(Category.DISAGREEMENT, Severity.MILD, difference, "nudity_disputed", box, evidence)
        )
    return found


def _confidence(finding: Finding) -> float:
    return finding.confidence
