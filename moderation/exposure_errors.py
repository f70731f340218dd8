"""The fault that care for reviewers raises."""

from django.utils.translation import gettext_lazy as _

from tongyi_portal.common.errors import TransitionRefused


class BreakDue(TransitionRefused):
    """Details say how many grave items were seen, and when the break that has begun is over."""

    code = "break_due"
    default_message = _("Your exposure budget is used up: take the break, or end it to go on without.")
