"""The table of scanners: key -> "module:Class". Nothing else."""

from moderation.scanners.base import Scanner
from tongyi_portal.common.registry import LazyRegistry

SCANNERS: LazyRegistry[type[Scanner]] = LazyRegistry(
    {
        "nsfw_detector": "moderation.scanners.nsfw_detector:NsfwDetector",
        "nsfw_classifier": "moderation.scanners.nsfw_classifier:NsfwClassifier",
        "image_hash": "moderation.scanners.image_hash:ImageHash",
        "text_terms": "moderation.scanners.text_terms:TextTerms",
        "text_in_image": "moderation.scanners.text_in_image:TextInImage",
        "faces": "moderation.scanners.faces:Faces",
        "provenance": "moderation.scanners.provenance:Provenance",
        "photo_hygiene": "moderation.scanners.photo_hygiene:PhotoHygiene",
    }
)
