"""What is wrong with a file that should be imported. Pure Python."""

from tongyi_portal.common.errors import AppError, gettext_noop


class MovementFileInvalid(AppError):
    """A file cannot be read as a movement.

    reason: a stable code, one of those of docs/motion-edits.md. file: its name within an archive, or as it
    was uploaded. field: where in the file, "" for all of it.
    """

    code = "movement_file_invalid"
    default_message = gettext_noop("The movement cannot be read from this file.")

    def __init__(self, reason: str, problem: str, *, file: str, field: str = "") -> None:
        self.reason, self.problem, self.file, self.field = reason, problem, file[:200], field
        where = f"{self.file}, {field}" if field else self.file
        super().__init__(
            f"{where}: {problem}.",
            details={"reason": reason, "file": self.file, "field": field, "problem": problem},
        )
