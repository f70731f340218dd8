"""The table of scanners: key -> "module:Class". Nothing else."""

from moderation.scanners.base import Scanner
from tongyi_portal.common.registry import LazyRegistry

SCANNERS: LazyRegistry[type[Scanner]] = LazyRegistry(
    {
        "nsfw_detector": "moderation.scanners.nsfw_detector:NsfwDetector",
        "nsfw_classifier": "moderation.scanners.nsfw_classifier:NsfwClassifier",
    }
)
