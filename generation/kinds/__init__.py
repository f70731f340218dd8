"""The table of job kinds: key -> "module:Class". Nothing else."""

from typing import TYPE_CHECKING

from tongyi_portal.common.registry import LazyRegistry

if TYPE_CHECKING:
    from generation.kinds.base import JobKind

KINDS: LazyRegistry["type[JobKind]"] = LazyRegistry(
    {
        "dance_video": "generation.kinds.dance_video:DanceVideo",
        "pose_extract": "generation.kinds.pose_extract:PoseExtract",
        "template_preview": "generation.kinds.template_preview:TemplatePreview",
    }
)
