"""Generation in the console: importing these registers them."""

from generation.admin import files, jobs, queue

__all__ = ["files", "jobs", "queue"]
