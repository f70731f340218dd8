"""validate_moment, MomentFormField: moments that somebody sends, kept away from the edges of the calendar."""

from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

FIRST_YEAR, LAST_YEAR = 1900, 9000


def validate_moment(moment: datetime) -> None:
    """Raises ValidationError `out_of_range`: at the edges nothing can bring a moment into another zone."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValidationError(
            _("Give a moment between the years %(first)d and %(last)d."),
            code="out_of_range",
            params={"first": FIRST_YEAR, "last": LAST_YEAR},
        )


class MomentFormField(forms.DateTimeField):
    """A day and time in a form of a page."""

    default_validators = [validate_moment]
