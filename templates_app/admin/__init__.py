"""The library in the console: importing these registers them."""

from templates_app.admin import covers, shelves, slots, templates, versions

__all__ = ["covers", "shelves", "slots", "templates", "versions"]
