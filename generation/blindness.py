"""jobs_shown_to, artifacts_shown_to: what staff may see of jobs whose content they have to judge."""

from typing import Any

from django.db.models import QuerySet

from generation.models import Artifact, Job
from generation.subjects import ArtifactSubject, UploadSubject
from moderation.blindness import not_waiting_for, reviews_looking_ordinary_for
from templates_app.motion_subject import MotionVideoSubject
from tongyi_portal.common import roles


def jobs_shown_to(user: Any, jobs: QuerySet[Job]) -> QuerySet[Job]:
    """`jobs` without those that use or made something which `user` has to judge, or may be given to judge.

    Whether a job is held, goes on or was rejected says what somebody decided on its photo or its result; that
    there is one at all says that a dance video was accepted.
    """
    if not user.has_perm(roles.REVIEW_DECIDE):
        return jobs
    jobs = not_waiting_for(user, jobs, subject_type=UploadSubject.key, key="inputs__upload")
    jobs = not_waiting_for(user, jobs, subject_type=ArtifactSubject.key, key="artifacts")
    videos = reviews_looking_ordinary_for(user).filter(subject_type=MotionVideoSubject.key)
    waiting = [str(key) for key in videos.values_list("subject_id", flat=True)]
    taken = Job.objects.filter(params__motion__in=waiting).values("pk")
    return jobs.exclude(pk__in=taken) if waiting else jobs


def artifacts_shown_to(user: Any, artifacts: QuerySet[Artifact]) -> QuerySet[Artifact]:
    """`artifacts` of the jobs that are shown to `user`."""
    if not user.has_perm(roles.REVIEW_DECIDE):
        return artifacts
    return artifacts.filter(job__in=jobs_shown_to(user, Job.objects.order_by()).values("pk"))
