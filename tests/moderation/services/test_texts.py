"""Texts: judged by the words in force, kept sealed, held for a person in doubt."""
from typing import Any
import pytest
from moderation.services.texts import text_submit
from moderation.taxonomy import Surface
from tests.factories.moderation import member_of
from tongyi_portal.common import roles

pytestmark = pytest.mark.django_db


def test_smoke() -> None:
    user = member_of(roles.APP, "app")
    made, new = text_submit(by=user, surface=Surface.PROMPT, text="一只红熊猫在跳舞")
    assert (made.state, new) == ("accepted", True)
    made, new = text_submit(by=user, surface=Surface.PROMPT, text="快来赌博网站")
    assert (made.state, made.reason_codes) == ("blocked", ["regulated_goods"])
    made, new = text_submit(by=user, surface=Surface.PROMPT, text="快来堵博网占")
    assert (made.state, made.reason_codes) == ("in_review", ["regulated_goods"])
