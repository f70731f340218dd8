"""A template file is imported over the console in a real browser."""

import shutil
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from templates_app.models import TemplateVersion
from templates_app.services.bundles import template_export
from templates_app.states import VersionState
from tests.e2e.conftest import OpenPage
from tests.e2e.test_desk import sign_in
from tests.factories.accounts import user_with
from tests.factories.templates import TemplateFactory, superuser, version_of
from tongyi_portal.common import roles

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
__all__ = ["sign_in"]


def test_a_file_is_imported_under_its_own_slug(sign_in: OpenPage, tmp_path: Path) -> None:
    version = version_of(TemplateFactory(slug="kemusan"))
    path = tmp_path / "kemusan-v1.dance.zip"
    with template_export(version=version, by=superuser()) as file, path.open("wb") as target:
        shutil.copyfileobj(file, target)
    version.template.delete()
    page = sign_in(user_with(roles.CURATOR, is_staff=True, username="curator"), locale="en-US")
    page.goto(reverse("admin:template_import_page"))
    page.get_by_label("template file").set_input_files(path)
    expect(page.get_by_label("another slug (optional)")).to_have_value("")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("The movement was imported as a draft.")).to_be_visible()
    imported = TemplateVersion.objects.get()
    assert (imported.template.slug, imported.state) == ("kemusan", VersionState.DRAFT)
