"""The library in the console: importing these registers them."""

from templates_app import motion_admin
from templates_app.admin import shelves, slots, templates, versions

__all__ = ["motion_admin", "shelves", "slots", "templates", "versions"]
