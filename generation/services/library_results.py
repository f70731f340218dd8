"""Jobs whose results belong to the template library: library_files_put, library_sweep, library_ended."""

from collections.abc import Collection

from django.db import transaction

from generation.kinds.base import LibraryKind, OutputFile, library_kind
from generation.models import Job
from tongyi_portal.common import storage


def library_files_put(
    *, job: Job, kind: LibraryKind, files: Collection[OutputFile], keys: dict[str, str]
) -> None:
    """Store an attempt's files in the job's folder, and enter each key in `keys` as soon as it lies there.

    Attempts never share a key. Until a row names them, library_sweep removes them. Raises StorageUnavailable.
    """
    folder = kind.folder(job)
    for file in files:
        wanted = f"{folder}/{job.lease_token}-{file.role}{file.path.suffix}"
        keys[file.role] = storage.store_file(kind.alias, wanted, file.path)


def library_sweep(*, job: Job, kind: LibraryKind) -> None:
    """Once the transaction is committed, erase stored files of the job that no row names.

    They were left by attempts that were lost between storing and finishing. A fault is logged: it cannot undo
    what became of the job.
    """

    def sweep() -> None:
        kept = kind.named_keys(job)
        for key in storage.keys_below(kind.alias, kind.folder(job)):
            if key not in kept:
                storage.erase(kind.alias, key)

    transaction.on_commit(sweep, robust=True)


def library_ended(*, job: Job, code: str) -> None:
    """A job of the library ended without a result: its row is told, its files go. Nothing for other kinds.

    Call it inside the transaction that ends the job.
    """
    kind = library_kind(job.kind)
    if kind is not None:
        kind.ended_without_result(job, code)
        library_sweep(job=job, kind=kind)
