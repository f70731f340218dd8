"""What generation does when others say that something happened."""

from typing import Any

from generation.kinds import KINDS
from generation.models import EngineProfile


def sync_engine_profiles(**_kwargs: Any) -> None:
    """After every migration: a profile for each engine of each kind; what an operator changed stays."""
    for kind_key in KINDS:
        kind = KINDS.get(kind_key)
        for engine_key in kind.engines:
            EngineProfile.objects.get_or_create(kind=kind_key, engine_key=engine_key)
        profiles = EngineProfile.objects.filter(kind=kind_key)
        if not profiles.filter(is_default=True).exists():
            profiles.filter(engine_key=kind.engines[0], is_enabled=True).update(is_default=True)
