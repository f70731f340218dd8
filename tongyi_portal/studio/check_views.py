"""The page on which anybody checks what a file says about how it was made."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from tongyi_portal.studio.content_policy import ContentPolicyMixin
from tongyi_portal.studio.views import LanguageChoiceMixin


class CheckView(LanguageChoiceMixin, ContentPolicyMixin, TemplateView):
    """Drop a file, read the answer. Needs no account; the file goes to the API and is forgotten there."""

    template_name = "studio/check.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(config=check_config(), **kwargs)


def check_config() -> dict[str, Any]:
    """What the page's script needs to know, in the language of the request."""
    return {
        "address": reverse("check-file"),
        "language": get_language(),
        "maxBytes": settings.CHECK_FILE_MAX_BYTES,
        "texts": {
            "reading": _("The file is being looked at."),
            "tooLarge": _("The file is larger than {size} MB."),
            "unreachable": _("The server could not be reached. Try again."),
            "headings": {
                "yes": _("AI-generated"),
                "may_be": _("May be AI-generated"),
                "suspected": _("Suspected to be AI-generated"),
                "unknown": _("No sign of AI found"),
            },
            "visible": {
                "true": _("Our visible label stands in the picture."),
                "false": _("Our visible label does not stand in the picture."),
                "null": _("The picture could not be searched for a visible label."),
            },
            "damaged": _("The file is damaged or unusually full; there may be more in it."),
            "noLabels": _("There are no marks in the file."),
            "noManifest": _("There is no manifest in the file."),
            "signer": _("Signed by"),
            "tool": _("Made with"),
            "signedAt": _("Signed at"),
            "sourceTypes": _("Origin"),
            "ingredients": _("Made of"),
            "failures": _("Faults"),
        },
    }
