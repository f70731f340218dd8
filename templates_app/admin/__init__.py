"""The library in the console: importing these registers them."""

from templates_app.admin import shelves, slots, templates, versions

__all__ = ["shelves", "slots", "templates", "versions"]
