"""AppConfigs: the console itself, and Django's admin running on the console's site."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    name = "tongyi_portal.console"
    label = "console"
    verbose_name = _("Console")
    default = True


class ConsoleAdminConfig(admin_apps.AdminConfig):
    default_site = "tongyi_portal.console.site.ConsoleSite"
    default = False
