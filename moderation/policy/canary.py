"""Which subjects a canary judges: a fixed share, the same subjects at every scan. Pure Python."""

import hashlib
import uuid


def share_of(subject_id: uuid.UUID, policy_id: uuid.UUID) -> int:
    """A number from 0 to 99 that is always the same for this subject and policy."""
    digest = hashlib.sha256(f"{subject_id}{policy_id}".encode()).digest()
    return int.from_bytes(digest, "big") % 100


def is_in_canary(subject_id: uuid.UUID, policy_id: uuid.UUID, percent: int) -> bool:
    """Whether the canary judges this subject. A larger share keeps every subject of a smaller one."""
    return share_of(subject_id, policy_id) < percent
