"""URLs of uploads, jobs and artifacts, below /api/v1/ and /media/."""

from django.urls import path

from generation.api import cover_views, dead_letter_views, media, views
from generation.api.check_file import CheckFile
from tongyi_portal.common.routes import endpoint

urlpatterns = [
    *endpoint("uploads", views.UploadCreate.as_view(), "upload-list"),
    *endpoint("uploads/<uuid:upload_id>", views.UploadDetail.as_view(), "upload-detail"),
    *endpoint("photo-checks", views.PhotoCheck.as_view(), "photo-check"),
    *endpoint("jobs", views.JobList.as_view(), "job-list"),
    *endpoint("jobs/<uuid:job_id>", views.JobDetail.as_view(), "job-detail"),
    *endpoint("jobs/<uuid:job_id>/cancel", views.JobCancel.as_view(), "job-cancel"),
    *endpoint("jobs/<uuid:job_id>/usage", views.JobUsage.as_view(), "job-usage"),
    *endpoint("dead-letters", dead_letter_views.DeadLetterList.as_view(), "dead-letter-list"),
    *endpoint(
        "dead-letters/<uuid:job_id>/requeue",
        dead_letter_views.DeadLetterRequeue.as_view(),
        "dead-letter-requeue",
    ),
    *endpoint("artifacts/<uuid:artifact_id>", views.ArtifactDetail.as_view(), "artifact-detail"),
    *endpoint("check-file", CheckFile.as_view(), "check-file"),
    *endpoint("kinds", views.KindList.as_view(), "kind-list"),
    *endpoint("versions/<uuid:version_id>/covers", cover_views.CoverFromMoment.as_view(), "version-covers"),
    *endpoint("queue", views.QueueView.as_view(), "queue"),
]
media_urlpatterns = [
    path("artifacts/<uuid:artifact_id>", media.ArtifactFile.as_view(), name="artifact-file"),
    path("uploads/<uuid:upload_id>", media.UploadFile.as_view(), name="upload-file"),
]
