"""What every test may use, and the rule that CI skips nothing but GPU tests."""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from tongyi_portal.vision.model_files import ModelFiles

ROOT = Path(__file__).resolve().parents[1]
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The folder that holds manage.py."""
    return ROOT


@pytest.fixture(scope="session")
def model_files() -> ModelFiles:
    """The real model files, in var/models; fetched when they are missing."""
    models = ModelFiles(ROOT / "var" / "models")
    models.fetch(print)
    return models


@pytest.fixture(autouse=True)
def language_of_the_settings() -> Generator[None, None, None]:
    """No test inherits the language that a page of an earlier one was shown in."""
    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def no_names_of_another_database() -> None:
    """Each test begins with an empty database, whose catalogue has the same revision as the last one's."""
    from templates_app.name_index import names_forget  # needs the apps to be loaded

    names_forget()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test skipped for want of a service or a browser has failed."""
    report = yield
    may_skip = item.get_closest_marker("gpu") is not None or hasattr(report, "wasxfail")
    if IN_CI and report.skipped and not may_skip:
        _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module that skips itself."""
    report = yield
    if IN_CI and report.skipped:
        _fail(report)
    return report


def _fail(report: Any) -> None:
    reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"Nothing may be skipped here. {reason}"
