"""LazyRegistry: key -> "module:Class", imported on first use. Pure Python."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Generic, TypeVar, cast

from tongyi_portal.common.errors import UnknownKey

T = TypeVar("T")


class LazyRegistry(Generic[T]):
    """A table of named classes that imports a module only when its entry is asked for.

    Raises UnknownKey for a key that is not in the table, ImportError or AttributeError for a wrong target.
    """

    def __init__(self, targets: Mapping[str, str]) -> None:
        self._targets = dict(targets)

    def __iter__(self) -> Iterator[str]:
        return iter(self._targets)

    def __contains__(self, key: object) -> bool:
        return key in self._targets

    def __len__(self) -> int:
        return len(self._targets)

    def get(self, key: str) -> T:
        """Return the class registered under `key`."""
        if key not in self._targets:
            raise UnknownKey(f"No entry {key!r}; there are {sorted(self._targets)}.", details={"key": key})
        module_name, _, attribute = self._targets[key].partition(":")
        return cast(T, getattr(import_module(module_name), attribute))
