"""The tables of generation."""

from generation.models.artifact import Artifact, ArtifactRole
from generation.models.engine_profile import EngineProfile
from generation.models.job import IdempotencyKey, Job, JobInput, JobTier
from generation.models.queue import QueueGroup, QueueShare, WakeUp
from generation.models.upload import Upload, UploadSurface

__all__ = [
    "Artifact",
    "ArtifactRole",
    "EngineProfile",
    "IdempotencyKey",
    "Job",
    "JobInput",
    "JobTier",
    "QueueGroup",
    "QueueShare",
    "Upload",
    "UploadSurface",
    "WakeUp",
]
