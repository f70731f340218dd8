"""StoredPartials: what attempts at a job kept in storage, so that the next one need not do it again."""

from collections.abc import Iterator

from tongyi_portal.common import storage


class StoredPartials:
    """Files in a storage folder whose names begin with `name`, in the order in which they were kept.

    Two attempts that overlap may both keep the same part; who reads them must be able to tell. attempt_token:
    of the attempt that keeps; empty while none works.
    """

    def __init__(self, alias: str, folder: str, name: str, attempt_token: str) -> None:
        self.alias, self.folder, self.name, self.attempt_token = alias, folder, name, attempt_token
        self._count = 0

    def kept(self) -> Iterator[bytes]:
        """Raises StorageUnavailable; a file that goes meanwhile ends it."""
        for key in self.stored_keys():
            try:
                data = storage.read_bytes(self.alias, key)
            except storage.FileMissing:
                return
            self._count += 1
            yield data

    def keep(self, data: bytes) -> None:
        """Raises StorageUnavailable."""
        key = f"{self.folder}/{self.name}-{self._count:05d}-{self.attempt_token}"
        storage.store_bytes(self.alias, key, data)
        self._count += 1

    def stored_keys(self) -> list[str]:
        prefix = f"{self.folder}/{self.name}-"
        return sorted(key for key in storage.keys_below(self.alias, self.folder) if key.startswith(prefix))

    def has_earlier(self) -> bool:
        """Whether attempts before this one kept anything. Raises StorageUnavailable."""
        own = f"-{self.attempt_token}"
        return any(not key.endswith(own) for key in self.stored_keys())
