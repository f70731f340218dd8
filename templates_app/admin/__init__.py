"""The library in the console: importing these registers them."""

from templates_app.admin import covers, motions, shelves, slots, templates, versions

__all__ = ["covers", "motions", "shelves", "slots", "templates", "versions"]
