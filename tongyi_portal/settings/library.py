"""Rules of the template library: who may publish what, and for which country."""

from django.core.exceptions import ImproperlyConfigured

from tongyi_portal.common.territories import territory_codes
from tongyi_portal.settings import env

# Whoever made or handed in a version does not publish it as well.
TEMPLATE_FOUR_EYES = env.flag("TEMPLATE_FOUR_EYES", True)
# The country whose rights a template needs; "" asks for none.
SITE_TERRITORY = env.text("SITE_TERRITORY").strip()
if SITE_TERRITORY and SITE_TERRITORY not in territory_codes():
    raise ImproperlyConfigured(
        f"SITE_TERRITORY must be a code of ISO 3166-1 such as CN, or empty; got {SITE_TERRITORY!r}."
    )
