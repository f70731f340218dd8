"""One session for each model and process."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tongyi_portal.vision import sessions
from tongyi_portal.vision.model_files import MANIFEST, ModelFileMissing, ModelFiles

MODEL = "open_nsfw"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "_sessions", {})


def test_many_threads_at_once_share_one_session() -> None:
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(sessions.session, [MODEL] * 8))
    assert len({id(one) for one in found}) == 1


def test_a_session_works_with_one_thread_on_the_processor() -> None:
    found = sessions.session(MODEL)
    options = found.get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)
    assert found.get_providers() == ["CPUExecutionProvider"]


def test_a_model_that_is_missing_is_named_and_found_once_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ModelFiles(tmp_path).path(MODEL)
    listed = next(replace(entry, package=None) for entry in MANIFEST if entry.key == MODEL)
    files = ModelFiles(tmp_path, (listed,))
    monkeypatch.setattr(sessions, "model_files", lambda: files)
    with pytest.raises(ModelFileMissing, match=MODEL):
        sessions.session(MODEL)
    (tmp_path / listed.file_name).symlink_to(real)
    assert sessions.session(MODEL) is sessions.session(MODEL)


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(KeyError):
        sessions.session("no such model")
