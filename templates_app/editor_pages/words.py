"""Texts that the editor's script says, and its keys."""

from django.utils.translation import gettext_lazy as _

from templates_app.texts import EDIT_TEXTS

# Names in braces are filled in by the script.
WORDS = {
    "clean": _("Everything is saved."),
    "dirty": _("Changed."),
    "saving": _("Saving …"),
    "failed": _("Not saved."),
    "tempo": _("× {factor}"),
    "tempoBpm": _("× {factor}, {bpm} beats a minute"),
    "length": _("{seconds} s long"),
    "performer": _("performer {number}"),
    "leftOut": _("left out"),
    "time": _("frame {frame} of {frames}, {seconds} s"),
    "joint": _("sure to {percent} percent here; corrections: {count} {kind}"),
    "keyframe": _("(placed here)"),
    "worst": _("{joint}: only {percent} percent sure here, frames {first} to {last} ({number} of {count})."),
    "noWorst": _("No joint is unsure in the part that is kept."),
    "appliedAgain": _("The newer edits are loaded, and yours are applied over them."),
    "appliedExcept": _(
        "The newer edits are loaded, and yours are applied over them, except for what was changed in both: "
        "{things}."
    ),
    **{f"lost_{name}": text for name, text in EDIT_TEXTS.items()},
    "lostJoint": _("{joint} of track {track} (frames: {frames})"),
    "result": _("{seconds} s, performers: {people}"),
    "preparing": _("The previews are being made."),
    "ready": _("The previews are made."),
}
KEYS = (
    (_("Space"), _("play or pause")),
    ("← →", _("one frame back or on; with Shift ten")),
    ("W", _("next worst moment")),
    ("I / O", _("the movement starts or ends here")),
    (_("Alt + arrows"), _("move the joint; with Shift farther")),
    ("H", _("the joint is hidden from here")),
    (_("Del"), _("remove the joint's correction here")),
    ("Esc", _("choose no joint")),
    ("Ctrl Z / Ctrl Y", _("undo, redo")),
)
