"""The table of engines: key -> "module:Class". Nothing else."""

from typing import Any

from tongyi_portal.common.registry import LazyRegistry

ENGINES: LazyRegistry[Any] = LazyRegistry(
    {
        "animation": "generation.engines.animation.engine:AnimationEngine",
        "motion": "generation.engines.motion.engine:MotionEngine",
    }
)
