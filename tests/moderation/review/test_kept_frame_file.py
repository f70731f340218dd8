"""The kept frame of a scan, opened by staff's own tools."""

import hashlib

import pytest

from moderation.review.kept_frame_file import kept_frame_url
from tests.factories.accounts import client_of, user_with
from tests.factories.moderation import kept_frame_of_video
from tongyi_portal.accounts.models import Scope
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "scope", "status"),
    [
        (roles.MODERATOR, Scope.MODERATION_READ, 200),
        (roles.MODERATOR, Scope.MODERATION_REVIEW, 200),
        (roles.MODERATOR, Scope.MODERATION_AUDIT, 403),
        (roles.OPERATOR, Scope.MODERATION_READ, 403),
    ],
)
def test_a_tool_needs_a_scope_of_moderation_and_an_account_that_reads_scans(
    role: str, scope: Scope, status: int
) -> None:
    frame = kept_frame_of_video()
    answer = client_of(user_with(roles.APP, role), [scope]).get(kept_frame_url(frame))
    assert answer.status_code == status
    if status == 200:
        assert hashlib.sha256(b"".join(answer.streaming_content)).hexdigest() == frame.sha256
