"""URLs of uploads, jobs and artifacts, below /api/v1/ and /media/."""

from django.urls import path

from generation.api import batch_views, cover_views, dead_letter_views, media, upload_views, views
from generation.api.check_file import CheckFile
from tongyi_portal.common.routes import endpoint

urlpatterns = [
    *endpoint("uploads", upload_views.UploadList.as_view(), "upload-list"),
    *endpoint("uploads/<uuid:upload_id>", upload_views.UploadDetail.as_view(), "upload-detail"),
    *endpoint("direct-uploads", upload_views.DirectUploadCreate.as_view(), "direct-upload-list"),
    *endpoint(
        "direct-uploads/<uuid:direct_upload_id>/complete",
        upload_views.DirectUploadComplete.as_view(),
        "direct-upload-complete",
    ),
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
    *endpoint("batches", batch_views.BatchCreate.as_view(), "batch-list"),
    *endpoint("artifacts", views.ArtifactList.as_view(), "artifact-list"),
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
