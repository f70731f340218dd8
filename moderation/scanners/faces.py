"""Faces: how many faces there are, so that a policy can ask a person about them. Pure Python.

No age, gender or identity is inferred. Whether somebody is likely a minor is a question that only people
answer: every face gives a finding `age_question` of severity 0, which by itself leads to nothing. A policy
that wants the question put for every picture, or for one kind of job, has a rule for minor_safety from
severity 0; and the desk shows the question whenever such a picture is reviewed for another reason.
"""

import threading

from moderation.scanners.base import Finding, Media, ScanInput
from moderation.taxonomy import Category, Severity
from tongyi_portal.vision.faces import Face, FaceDetector
from tongyi_portal.vision.sessions import model_files

SIDE = 480  # pixels of the longer side; faces from about 1/20 of it are found
MAX_BOXES = 20


class Faces:
    """`faces` (the count), `age_question`, and `several_faces` where other people may not have agreed."""

    key = "faces"
    version = "blazeface-short-1.1"
    accepts = frozenset({Media.IMAGE, Media.VIDEO_FRAME})

    def __init__(self) -> None:
        self._detector = FaceDetector(model_files())
        self._one_at_a_time = threading.Lock()  # the interpreter holds its input and output itself

    def load(self) -> None:
        """Load the network; once per process."""
        self._detector.load()

    def scan(self, item: ScanInput) -> list[Finding]:
        """Raises ValueError without pixels."""
        small = item.scaled(SIDE)
        with self._one_at_a_time:
            faces = self._detector.detect(small)
        if not faces:
            return []
        height, width = small.shape[:2]
        boxes = [_fractions(face, width, height) for face in faces]
        score = round(min(faces[0].score, 1.0) * 100, 2)
        evidence = {"count": len(faces), "boxes": [list(box) for box in boxes[:MAX_BOXES]]}
        found = [
            Finding(Category.PRIVACY, Severity.CONTEXT, score, "faces", boxes[0], evidence),
            Finding(Category.MINOR_SAFETY, Severity.CONTEXT, score, "age_question", boxes[0]),
        ]
        if len(faces) > 1:
            second = round(min(faces[1].score, 1.0) * 100, 2)
            found.append(
                Finding(Category.LIKENESS_CONSENT, Severity.MILD, second, "several_faces", boxes[1], evidence)
            )
        return found


def _fractions(face: Face, width: int, height: int) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = face.box
    return (
        round(max(0.0, x0 / width), 4),
        round(max(0.0, y0 / height), 4),
        round(min(1.0, x1 / width), 4),
        round(min(1.0, y1 / height), 4),
    )
