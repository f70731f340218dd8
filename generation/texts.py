"""What people read instead of codes: errors of a job, faults of a photo, reasons, stages, kinds."""

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from generation.kinds import KINDS
from generation.kinds.base import library_kind
from generation.models import Job
from moderation.policy.rules import reason_text
from templates_app.motion_texts import MOTION_FAULTS
from templates_app.texts import NOT_FULL_BODY
from tongyi_portal.common.storage import StorageUnavailable

PHOTO_FAULTS: Mapping[str, Any] = {
    "no_person": _("No person was found in the photo."),
    "several_people": _("The photo shows several people; please use one with a single person."),
    "not_full_body": NOT_FULL_BODY,
    "not_half_body": _("The photo must show the person from the head to the waist at least."),
    "person_too_small": _("The person is too small in the photo; please move closer or use a larger photo."),
    "too_dark": _("The person is too dark to be made out."),
    "too_blurred": _("The person is blurred; please use a sharper photo."),
    "turned_away": _("The person should face the camera."),
    "sitting": _("The person is sitting, kneeling or lying; please use a photo of a standing person."),
    "not_upright": _("The person should sit or stand upright."),
    "hands_cut": _("A hand is not wholly in the photo; that arm will keep still."),
    "arm_missing_for_dance": _(
        "This dance lives on the arms, and a hand is not wholly in the photo: that arm will keep still. "
        "A photo with both hands in it does this dance justice."
    ),
    "dance_turns_away": _("The dancers of this template turn away at times; the video faces the camera."),
    "arms_hidden": _(
        "The arms are partly hidden; the dance will look better with arms slightly away from the body."
    ),
}
ERROR_TEXTS: Mapping[str, Any] = {
    "attempts_exhausted": _("The job was tried several times and could not be finished."),
    "engine_failed": _("The video could not be made."),
    "engine_out_of_memory": _("The video could not be made because the machine ran out of memory."),
    "file_missing": _("A file that the job needs is no longer there."),
    "internal_error": _("Something went wrong on our side."),
    "label_missing": _("The video was discarded because its AI label could not be read back."),
    "photo_undecodable": _("The photo cannot be read."),
    "photos_do_not_match_performers": _("The dance needs one photo for each performer."),
    "music_unreadable": _("The music of this template cannot be read."),
    "pose_file_invalid": _("The movement of this template cannot be read."),
    "time_limit": _("The job took longer than a job may take."),
    "motion_gone": _("The video was erased meanwhile."),
    "motion_not_usable": _("The video may not be used, or its movement was taken already."),
    "state_conflict": _("Nobody waits for the result any more."),
    **{f"photo_{code}": text for code, text in PHOTO_FAULTS.items()},
    **MOTION_FAULTS,
}

ACTIONS: Mapping[str, Any] = {"generation.job.requeued": _("job put back into the queue")}

STAGES: Mapping[str, Any] = {
    "load": _("loading the engine"),
    "fetch": _("fetching the files"),
    "read": _("reading the photo"),
    "pose": _("finding the pose"),
    "retarget": _("fitting the movement"),
    "matte": _("cutting out the person"),
    "background": _("filling the background"),
    "rig": _("building the figure"),
    "probe": _("measuring the video"),
    "track": _("following the people"),
    "smooth": _("smoothing the movement"),
    "music": _("finding the beat"),
    "proxy": _("making a copy for the editor"),
    "skeleton": _("drawing the skeleton"),
    "render": _("rendering"),
    "done": _("finishing"),
    "scan": _("scanning the result"),
    "label": _("labelling"),
    "store": _("storing"),
    "finish": _("finishing"),
}


def stage_text(stage: str) -> str:
    """The stage of a job in the reader's language; one that has no text stands for itself."""
    return str(STAGES.get(stage, stage))


def kind_text(kind: str) -> str:
    """The name of a kind of job in the reader's language; a kind no longer known stands for itself."""
    return str(KINDS.get(kind).label) if kind in KINDS else kind


def kind_names() -> dict[str, str]:
    """Key and name of every kind of job."""
    return {key: kind_text(key) for key in KINDS}


def error_text(code: str, details: Mapping[str, Any] | None = None) -> str:
    """One sentence for the owner of a failed job; never the engine's own words.

    details: of the job's error; which of several photos is at fault.
    """
    return of_photo(
        (details or {}).get("field", ""), str(ERROR_TEXTS.get(code, ERROR_TEXTS["internal_error"]))
    )


def interruption_text(job: Job) -> str:
    """That the work on a job was interrupted, and begins anew or goes on from what earlier attempts kept.

    Empty for a first attempt, at the end, and while the storage cannot tell.
    """
    if job.is_finished or job.coming_attempt == 1:
        return ""
    kind = library_kind(job.kind)
    try:
        goes_on = kind is not None and kind.goes_on(job)
    except StorageUnavailable:
        return ""
    text = (
        _("The work was interrupted and goes on from what was done before (attempt %(attempt)d).")
        if goes_on
        else _("The work was interrupted and begins anew (attempt %(attempt)d).")
    )
    return str(text) % {"attempt": job.coming_attempt}


def progress_text(notice: str, stage: str) -> str:
    """The stage of a job, behind the sentence that says of an interruption, if there was one."""
    if not notice or not stage:
        return notice or stage_text(stage)
    return gettext("%(notice)s %(stage)s") % {"notice": notice, "stage": stage_text(stage)}


def of_photo(field: str, text: str) -> str:
    """The sentence with the number of the photo that it is about, where "photos.<index>" names one."""
    name, _dot, index = field.partition(".")
    if name != "photos" or not index.isdecimal():
        return text
    return str(_("Photo %(number)d: %(fault)s")) % {"number": int(index) + 1, "fault": text}


def reason_list(codes: Collection[str]) -> list[dict[str, str]]:
    """Each reason with its text in the reader's language."""
    language = get_language() or "en"
    return [{"code": code, "text": reason_text(code, language)} for code in codes]


def photo_fault_text(code: str, fallback: str) -> str:
    """One sentence for a fault of a photo; the checker's own English words for a code without one."""
    return str(PHOTO_FAULTS.get(code, fallback))
