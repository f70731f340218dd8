"""WorkerOffer: what this worker has, and which engines it therefore serves."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from generation.engines import ENGINES
from generation.engines.base import EngineNeeds
from tongyi_portal.vision.model_files import ModelFileMissing, ModelFiles


@dataclass(frozen=True)
class WorkerOffer:
    """has_weights: whether the model file of a key is there. engines: the only ones to serve; none: all."""

    memory_mb: int
    gpu_memory_mb: int
    has_weights: Callable[[str], bool]
    engines: frozenset[str] = frozenset()

    def serves(self, key: str, needs: EngineNeeds) -> bool:
        return (
            (not self.engines or key in self.engines)
            and needs.memory_mb <= self.memory_mb
            and needs.gpu_memory_mb <= self.gpu_memory_mb
            and all(self.has_weights(weights) for weights in needs.weights)
        )

    def unserved(self) -> list[str]:
        """Engines whose jobs are left to other workers."""
        return [key for key in ENGINES if not self.serves(key, ENGINES.get(key).needs)]


def worker_offer() -> WorkerOffer:
    """As the settings and this machine say; model files are looked for now."""
    files = ModelFiles(settings.MODELS_ROOT)

    def has_weights(key: str) -> bool:
        try:
            files.path(key)
        except ModelFileMissing:
            return False
        return True

    return WorkerOffer(
        memory_mb=settings.WORKER_MEMORY_MB or _machine_memory_mb(),
        gpu_memory_mb=settings.WORKER_GPU_MEMORY_MB,
        has_weights=has_weights,
        engines=frozenset(settings.WORKER_ENGINES),
    )


def _machine_memory_mb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
