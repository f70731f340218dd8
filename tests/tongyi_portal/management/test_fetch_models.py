"""The fetch_models command."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tongyi_portal.vision.model_files import MANIFEST, ModelFiles


def test_checking_lists_every_file_as_right(model_files: ModelFiles, settings: Settings) -> None:
    settings.MODELS_ROOT = model_files.root
    out = StringIO()
    call_command("fetch_models", "--check", stdout=out)
    lines = out.getvalue().splitlines()
    assert [line.split(":")[0] for line in lines] == [entry.key for entry in MANIFEST]
    assert all(line.endswith("ok") for line in lines)


def test_checking_an_empty_folder_fails_and_fetches_nothing(tmp_path: Path, settings: Settings) -> None:
    settings.MODELS_ROOT = tmp_path / "models"
    out = StringIO()
    with pytest.raises(CommandError, match=r"5 of 9 model files"):
        call_command("fetch_models", "--check", stdout=out)
    assert "Run `python manage.py fetch_models`" in out.getvalue()
    assert not settings.MODELS_ROOT.exists()
