"""The made-up history knows no framework; that its words are the portal's own is seen to here."""

from generation.engines import ENGINES
from generation.kinds import KINDS
from generation.photo_check import MESSAGES, WARNINGS
from generation.texts import ERROR_TEXTS
from moderation.scanners import SCANNERS
from moderation.taxonomy import Category, Surface, Verdict
from tongyi_portal.usage import history
from tongyi_portal.usage.models import UsageKind
from tongyi_portal.vision.subject_kind import SubjectKind


def test_kinds_of_events_and_jobs_engines_scanners_and_surfaces_exist() -> None:
    assert tuple(UsageKind.values) == history.KINDS
    assert set(history.JOB_KINDS[1:]) <= set(KINDS)
    assert set(history.ENGINES[1:]) <= set(ENGINES)
    assert set(history.SCANNERS[1:]) <= set(SCANNERS)
    assert set(history.SURFACES[1:]) <= set(Surface)


def test_verdicts_reasons_faults_and_errors_exist() -> None:
    assert tuple(Verdict) == history.CODES[1:4]
    assert set(history.REASONS[1:]) <= set(Category)
    assert set(history.FAULTS) <= set(MESSAGES) - WARNINGS
    assert set(history.ERRORS) <= set(ERROR_TEXTS)


def test_subject_kinds_are_those_that_pictures_are_told_apart_by() -> None:
    assert set(history.SUBJECTS[1:]) == set(SubjectKind)
