"""What people read instead of the library's codes: audit actions, fields of a rights record, reasons."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from moderation.policy.rules import reason_text
from templates_app.characters import CHARACTERS
from templates_app.models import PreviewKind, RightsRecord
from templates_app.models.rights import WORLD

ACTIONS: Mapping[str, Any] = {
    "templates.category.saved": _("category made or changed"),
    "templates.tag.saved": _("tag made or changed"),
    "templates.cover_test.ended": _("cover test ended"),
    "templates.cover_test.started": _("cover test started"),
    "templates.motion.abandoned": _("upload given up"),
    "templates.motion.accepted": _("video accepted"),
    "templates.motion.announced": _("upload begun"),
    "templates.motion.blocked": _("video blocked"),
    "templates.motion.erased": _("video erased"),
    "templates.motion.extraction_wanted": _("movement to be taken again"),
    "templates.motion.refused": _("video damaged or outside the limits"),
    "templates.motion.uploaded": _("video uploaded"),
    "templates.rights.changed": _("rights changed"),
    "templates.slot.changed": _("featured slots changed"),
    "templates.take.stored": _("movement taken"),
    "templates.template.created": _("template made"),
    "templates.template.exported": _("template exported"),
    "templates.template.imported": _("template imported"),
    "templates.template.updated": _("template changed"),
    "templates.version.cleared": _("version cleared by moderation"),
    "templates.version.cover_chosen": _("cover chosen"),
    "templates.version.drafted": _("draft made"),
    "templates.version.edited": _("movement edited"),
    "templates.version.expiry_set": _("end of a version changed"),
    "templates.version.fallen": _("scheduled version back in review"),
    "templates.version.held": _("version held for a reviewer"),
    "templates.version.prepared": _("previews wanted"),
    "templates.version.previews_made": _("previews made"),
    "templates.version.published": _("version made live"),
    "templates.version.refused": _("version refused by moderation"),
    "templates.version.retired": _("version retired"),
    "templates.version.returned": _("version could not be checked"),
    "templates.version.scheduled": _("version scheduled"),
    "templates.version.submitted": _("version handed in"),
    "templates.version.unscheduled": _("schedule of a version taken back"),
    "templates.version.unprepared": _("previews could not be made"),
    "templates.version.withdrawn": _("version taken back from review"),
}
REASON_TEXTS: Mapping[str, Any] = {
    "rights_incomplete": _("The rights record is not complete."),
    "rights_not_in_force": _("The rights do not cover this day or this country."),
    "rights_changed": _("Its rights were widened: a second person must schedule it again."),
    "schedule_missed": _("It should have gone live and retired while no worker was running."),
    "version_not_cleared": _("Moderation has not cleared it any more."),
    "previews_unreadable": _("A preview could not be read: render the previews again."),
    "expired": _("Its end was reached."),
    "replaced": _("Another version took its place."),
}
BUNDLE_TEXTS: Mapping[str, Any] = {
    "archive_damaged": _("This is no template file, or it is damaged."),
    "version_unknown": _("The file comes from another release, which this one cannot read."),
    "too_large": _("The file, or something in it, is larger than it may be."),
    "size_differs": _("The file was changed or damaged after it was written."),
    "digest_differs": _("The file was changed or damaged after it was written."),
    "file_missing": _("Something is missing in the file."),
    "file_not_listed": _("There is something in the file that does not belong there."),
    "name_refused": _("There is something in the file that does not belong there."),
}
PREVIEW_TEXTS: Mapping[str, Any] = {
    PreviewKind.COVER: _("a cover picture"),
    PreviewKind.SKELETON: _("a skeleton clip"),
    PreviewKind.THUMB: _("a small moving picture"),
    PreviewKind.LOOP: _("looping clips of three standard characters"),
}

EDIT_TEXTS: Mapping[str, Any] = {
    "trim": _("first and last frame"),
    "people": _("performers"),
    "mirror": _("mirrored"),
    "tempo": _("tempo"),
    "loop": _("endless loop"),
    "bpm": _("beats a minute of the music, as filmed"),
    "joints": _("joints"),
}
"""What an edit of a movement may change."""

DIGEST = "sha256:"
"""How a value begins in the audit chain that names people: its digest alone is kept."""

NOT_FULL_BODY = _(
    "The photo must show the whole body from head to feet; half-body dances also take photos from the "
    "waist up."
)
"""What whoever brings a half-body photo for a whole-body dance is told; its previews say the same."""

CHARACTER_TEXTS: Mapping[str, Any] = {
    "tall": _("tall man"),
    "short": _("short woman"),
    "average": _("woman of average height"),
    "half": _("woman from the hips up"),
}


def character_text(key: str) -> str:
    """The name of a drawn character in the reader's language; an unknown key stands for itself."""
    if key in CHARACTER_TEXTS:
        return str(CHARACTER_TEXTS[key])
    character = CHARACTERS.get(key)
    if character is None:
        return key
    return character.name_zh if (get_language() or "").startswith("zh") else character.name


def rights_field_text(name: str) -> str:
    """The label of a field of RightsRecord in the reader's language."""
    if name == "is_confirmed":
        return str(_("confirmation by somebody here"))
    return str(getattr(RightsRecord._meta.get_field(name), "verbose_name", name))


def rights_fields_text(names: Collection[str]) -> str:
    """Labels of several fields, as a list for a sentence."""
    return listed(rights_field_text(name) for name in names)


def listed(things: Iterable[str]) -> str:
    """Names in a row, as the reader's language writes them."""
    return ("、" if (get_language() or "").startswith("zh") else ", ").join(things)


def rights_changes_text(values: Mapping[str, Sequence[Any]]) -> str:
    """Value before and after of each field, as the audit chain keeps them; fields in the record's order."""
    separator = "；" if (get_language() or "").startswith("zh") else "; "
    order = [field.name for field in RightsRecord._meta.concrete_fields]
    names = (name for name in sorted(values, key=order.index) if values[name][0] != values[name][1])
    changes = [(name, *values[name]) for name in names]
    return separator.join(
        f"{rights_field_text(name)}: {_value_text(name, before)} → {_value_text(name, after)}"
        for name, before, after in changes
    )


def _value_text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, str) and value.startswith(DIGEST):
        return str(_("(not shown)"))
    if isinstance(value, list):
        return ", ".join(str(_("The whole world")) if code == WORLD else code for code in value) or "–"
    choices = dict(getattr(RightsRecord._meta.get_field(name), "flatchoices", ()))
    return str(choices.get(value, value)) if value else "–"


def version_reasons_text(codes: Collection[str]) -> str:
    """Reasons of moderation and of the library's own rules as sentences; a dash for none."""
    language = get_language() or "en"
    space = "" if language.startswith("zh") else " "
    sentences = [
        str(REASON_TEXTS[code]) if code in REASON_TEXTS else reason_text(code, language) for code in codes
    ]
    return space.join(sentences) or "–"
