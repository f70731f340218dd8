"""What an analysis says, in sentences for the curator."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from templates_app.models import BodyStyle
from templates_app.poses.seams import VISIBLE

HARD_REASONS = {
    "turns_away": _(
        "The performer turns to the side; the engine without a GPU shows the front all the same."
    ),
    "shows_back": _("The performer shows the back; the engine without a GPU cannot draw it."),
    "people_overlap": _("Performers hide one another for a while."),
    "not_upright": _("The performer lies, kneels or tumbles for a while."),
    "out_of_frame": _("A part of the body is often outside the picture."),
    "unsure": _("Many joints were not seen; look at the worst moments."),
}


def findings(analysis: Mapping[str, Any]) -> list[str]:
    """Sentences: who is seen how, what makes the movement hard, how its seam is."""
    if not analysis:
        return []
    lines = [_bodies(analysis)]
    lines += [str(HARD_REASONS[code]) for code in analysis["hard_reasons"] if code in HARD_REASONS]
    share = round(100 * analysis["turns_away_share"])
    if share:
        lines.append(gettext("Turned away in %(share)d %% of the time.") % {"share": share})
    if analysis["loop_score"] is not None:
        lines.append(_seam(float(analysis["loop_score"])))
    if analysis["feet_on_floor_share"] is not None:
        part = round(100 * analysis["feet_on_floor_share"])
        lines.append(gettext("A foot stands on the floor in %(share)d %% of the time.") % {"share": part})
    return lines


def _bodies(analysis: Mapping[str, Any]) -> str:
    people = int(analysis["people_count"])
    if analysis["body_style"] == BodyStyle.FULL:
        text = ngettext(
            "%(people)d person is seen from head to feet.",
            "%(people)d people are seen from head to feet.",
            people,
        )
    else:
        text = ngettext(
            "%(people)d person is seen from the hips up.",
            "%(people)d people are seen from the hips up.",
            people,
        )
    return text % {"people": people}


def _seam(score: float) -> str:
    values = {"score": f"{score:.2f}"}
    if score < VISIBLE:
        return gettext("The end leads back to the start without a visible seam (%(score)s).") % values
    return gettext("Between the end and the start there is a visible seam (%(score)s).") % values
