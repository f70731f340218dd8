"""The motion editor of a version: source and skeleton, confidence, trim, tempo, loops, corrections."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from templates_app.editor_pages.findings import findings
from templates_app.editor_pages.joints import joint_names, timeline_rows
from templates_app.editor_pages.words import KEYS, WORDS
from templates_app.models import Take, TemplateVersion
from templates_app.poses.corrections import DEFAULT_REACH_SECONDS
from templates_app.poses.edits import MotionEdits
from templates_app.poses.seams import VISIBLE, best_loops
from templates_app.poses.sequence import PoseSequence
from templates_app.services.editing import EDITABLE, version_from
from templates_app.services.takes import take_poses
from templates_app.states import VersionState
from templates_app.work import work_on
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles
from tongyi_portal.common.errors import AppError
from tongyi_portal.common.storage import signed_path

LOOPS_SHOWN = 4
SHORTEST_SECONDS = 1.0
LOOP_BLEND_SECONDS = 0.3


def editor_url(version: TemplateVersion) -> str:
    return reverse("admin:motion_editor", args=[version.pk])


@require_GET
def editor_page(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    """The editor; for a version that can no longer be changed, to look at only."""
    version = _version_or_404(request, version_id)
    if version.take is None:
        return TemplateResponse(request, "templates_app/editor/no_take.html", _page_context(request, version))
    try:
        poses = take_poses(version.take)
    except AppError as error:
        messages.error(request, gettext(str(error.message)))
        return HttpResponseRedirect(_version_url(version))
    is_editable = version.state in EDITABLE and version.published_at is None
    is_editable = is_editable and request.user.has_perm(roles.TEMPLATE_EDIT)
    context = {
        **_page_context(request, version),
        "is_editable": is_editable,
        "reason_locked": gettext("This version can no longer be changed; a copy of it can."),
        "copy_url": _copy_url(request, version) if not is_editable else "",
        "proxy_url": _media_url("take-proxies", version.take, version.take.proxy_key),
        "strip_url": _media_url("take-strips", version.take, version.take.strip_key),
        "music_url": _media_url("take-music", version.take, version.take.music_key),
        "tracks": [_track(track) for track in version.take.tracks],
        "rows": timeline_rows(poses.layout),
        "joint_names": joint_names(poses.layout),
        **_loops(version.take, poses),
        "sights": _sights(version.take, poses.layout),
        "findings": findings(version.analysis),
        "timeline_text": gettext(
            "How sure each part of the body is over time; the table below says the same."
        ),
        "keys": KEYS,
        "words": {name: str(text) for name, text in WORDS.items()},
        "setup": _setup(version, version.take, poses, is_editable),
    }
    return TemplateResponse(request, "templates_app/editor/editor.html", context)


@require_POST
def editor_copy(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    """A new draft with the same movement; leads to its editor."""
    version = _version_or_404(request, version_id)
    if not isinstance(request.user, User):  # admin_view lets nobody else in
        raise PermissionDenied
    try:
        copy = version_from(version=version, by=request.user)
    except AppError as error:
        messages.error(request, gettext(str(error.message)))
        return HttpResponseRedirect(_version_url(version))
    return HttpResponseRedirect(editor_url(copy))


@require_GET
def editor_standing(request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
    """What is found in the movement as it is saved, and how far its previews are."""
    version = _version_or_404(request, version_id)
    work = work_on("version", version.pk)
    is_working = version.state == VersionState.PROCESSING
    return JsonResponse(
        {
            "state_text": version.get_state_display(),
            "is_ready": version.state == VersionState.READY,
            "is_working": is_working,
            "progress": work.progress if work is not None and is_working else 0.0,
            "stage_text": work.stage_text if work is not None and is_working else "",
            "error_text": work.error_text if work is not None and version.preview_error else "",
            "findings": findings(version.analysis),
        }
    )


def _version_or_404(request: HttpRequest, version_id: uuid.UUID) -> TemplateVersion:
    """The version, for whoever may see versions."""
    if not request.user.has_perm("templates_app.view_templateversion"):
        raise PermissionDenied
    found = TemplateVersion.objects.select_related("template", "take__template").filter(pk=version_id).first()
    if found is None:
        raise Http404
    return found


def _version_url(version: TemplateVersion) -> str:
    return reverse("admin:templates_app_templateversion_change", args=[version.pk])


def _copy_url(request: HttpRequest, version: TemplateVersion) -> str:
    may_edit = request.user.has_perm(roles.TEMPLATE_EDIT)
    return reverse("admin:motion_editor_copy", args=[version.pk]) if may_edit else ""


def _page_context(request: HttpRequest, version: TemplateVersion) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": str(version),
        "version": version,
        "version_url": _version_url(version),
        "copy_url": _copy_url(request, version),
    }


def _setup(version: TemplateVersion, take: Take, poses: PoseSequence, is_editable: bool) -> dict[str, Any]:
    """What the script needs; everything else it reads from the API."""
    edits = MotionEdits.from_document(version.edits)
    main = next((index for index, track in enumerate(take.tracks) if track["is_main"]), 0)
    return {
        "urls": {
            "takePoses": reverse("take-poses", args=[take.pk]),
            "resultPoses": reverse("version-poses", args=[version.pk]),
            "edits": reverse("version-edits", args=[version.pk]),
            "prepare": reverse("version-prepare", args=[version.pk]),
            "standing": reverse("admin:motion_editor_standing", args=[version.pk]),
        },
        "edits": edits.to_document(),
        "revision": version.edits_revision,
        "isEditable": is_editable,
        "tracks": take.tracks,
        "mainTrack": main,
        "rows": timeline_rows(poses.layout),
        "jointNames": joint_names(poses.layout),
        "analysis": {name: take.analysis.get(name, []) for name in ("energy", "turns")},
        "beats": take.beats,
        "bpm": version.bpm / edits.tempo if version.bpm else None,
        "reachSeconds": DEFAULT_REACH_SECONDS,
        "blendSeconds": LOOP_BLEND_SECONDS,
        "limits": {"minSeconds": SHORTEST_SECONDS},
    }


def _media_url(kind: str, take: Take, key: str) -> str:
    return signed_path(kind, take.pk, audience="staff") if key else ""


def _track(track: dict[str, Any]) -> dict[str, Any]:
    return {
        "seen_percent": round(100 * track["seen_share"]),
        "confidence_percent": round(100 * track["mean_confidence"]),
    }


def _loops(take: Take, poses: PoseSequence) -> dict[str, list[dict[str, Any]]]:
    """The best loops, each with its length in seconds: those whose seam cannot be seen, and the others."""
    loops: list[dict[str, Any]] = [
        {
            "first_frame": loop.first_frame,
            "last_frame": loop.last_frame,
            "score": loop.score,
            "beats": loop.beats,
            "seconds": (loop.last_frame - loop.first_frame + 1) / take.fps,
        }
        for loop in best_loops(poses, LOOPS_SHOWN, beats=tuple(take.beats))
    ]
    return {
        "unseen_loops": [loop for loop in loops if loop["score"] < VISIBLE],
        "seen_loops": [loop for loop in loops if loop["score"] >= VISIBLE],
    }


def _sights(take: Take, layout: str) -> list[dict[str, Any]]:
    """The confidence strip as a table."""
    names = joint_names(layout)
    return [
        {
            "track": sight["track"] + 1,
            "joint": names[sight["joint"]],
            "mean": round(100 * sight["mean"]),
            "unseen": round(100 * sight["unseen_share"]),
            "worst": ", ".join(
                f"{moment['first_frame']}-{moment['last_frame']}" for moment in sight["worst"]
            ),
        }
        for sight in take.analysis.get("joints", [])
    ]
