"""The reports of the console in a real browser: readable for everybody, in both languages and schemes."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e.conftest import OpenPage
from tests.e2e.test_desk import moderator, sign_in
from tongyi_portal.common import roles
from tongyi_portal.common.reports import all_reports
from tongyi_portal.demo.moderation_history import moderation_history_make

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
__all__ = ["sign_in"]
TABLET = {"width": 1024, "height": 768}


@pytest.mark.parametrize(("locale", "scheme"), [("en-US", "light"), ("zh-CN", "dark")])
def test_no_report_breaks_the_accessibility_rules_or_the_width_of_a_tablet(
    locale: str, scheme: str, sign_in: OpenPage
) -> None:
    moderation_history_make(days=2, per_day=60, seed=3, say=str, with_audit=False, audit_share=0.3)
    senior = moderator("lin", roles.SENIOR_MODERATOR)
    page = sign_in(senior, locale=locale, color_scheme=scheme, viewport=TABLET)
    reports = [report for report in all_reports() if report.may_be_read_by(senior)]
    faults: dict[str, Any] = {}
    for path in ["/console/reports/", *(f"/console/reports/{report.key}/" for report in reports)]:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200
        expect(page.locator("main, #main").first).to_be_visible()
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
        if found.violations_count:
            faults[path] = found.generate_report()
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > TABLET["width"]:
            faults[f"{path} width"] = width
    assert len(reports) >= 9
    assert faults == {}
