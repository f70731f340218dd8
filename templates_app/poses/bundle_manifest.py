"""The manifest of a template bundle: what it says of the template, and the list of its files. Pure Python."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from templates_app.poses.strict_json import DocumentInvalid, StrictReader, quote
from tongyi_portal.common.errors import AppError, gettext_noop

FORMAT_NAME = "tongyi-portal/template-bundle"
FORMAT_VERSION = 1
MAX_JSON_CHARS = 256 * 1024
MAX_LISTED = 100
MAX_RECORD_FIELDS = 60
MAX_TAGS = 30
# As long as the fields of a template are.
SLUG_CHARS, NAME_CHARS, TEXT_CHARS, RECORD_CHARS = 60, 60, 1000, 4000
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
SHA256 = re.compile(r"[0-9a-f]{64}")
LARGEST_FILE = 2**40

Scalar = str | int | float | bool | None
_LANGUAGES = ("zh", "en")
_KEYS = (
    *(
        "format",
        "version",
        "slug",
        "names",
        "descriptions",
        "category",
        "category_names",
        "tags",
        "tag_names",
    ),
    *("tag_names", "facts", "beats", "take_beats", "rights", "files"),
)
MAX_BEATS = 4000


class BundleInvalid(AppError):
    """A file is no template bundle, or no good one.

    reason: a stable code, one of those of docs/motion-edits.md. file: in the bundle. field: a pointer (RFC
    6901) into it, where one is to blame.
    """

    code = "template_bundle_invalid"
    default_message = gettext_noop("The template cannot be read from this file.")

    def __init__(self, reason: str, problem: str, *, file: str, field: str = "") -> None:
        self.reason, self.problem, self.file, self.field = reason, problem, file[:200], field
        where = f"{self.file}, {field}" if field else self.file
        super().__init__(
            f"{where}: {problem}.",
            details={"reason": reason, "file": self.file, "field": field, "problem": problem},
        )


_READ = StrictReader(DocumentInvalid)


@dataclass(frozen=True)
class BundleFile:
    """A file of the bundle. size: bytes. sha256: lower-case hexadecimal digest of its content."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class BundleManifest:
    """What a bundle says of its template.

    slug, category: [a-z0-9_-]. name_*, description_*: texts in Chinese and English. tags: slugs. facts: what
    is known of the movement (bpm, body style, ...). rights: the fields of the rights record (source, owner,
    licence, expiry, music, territory, ...). Both hold single values: text, numbers, true, false or null.
    category_*: names of the category. tag_names: Chinese and English name by slug. beats, take_beats: seconds
    since the start of the movement, and of the take. files: filled in by `write_bundle`. `digest` covers all
    of it, so that nothing in a written manifest changes unnoticed.
    Raises BundleInvalid where a value breaks its limits.
    """

    slug: str
    name_zh: str
    name_en: str
    description_zh: str
    description_en: str
    category: str
    tags: tuple[str, ...] = ()
    facts: Mapping[str, Scalar] = field(default_factory=dict)
    rights: Mapping[str, Scalar] = field(default_factory=dict)
    files: tuple[BundleFile, ...] = ()
    category_zh: str = ""
    category_en: str = ""
    tag_names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    beats: tuple[float, ...] = ()
    take_beats: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _read(self.to_document())

    def with_files(self, files: tuple[BundleFile, ...]) -> "BundleManifest":
        return replace(self, files=files)

    def to_document(self) -> dict[str, Any]:
        return {
            "format": FORMAT_NAME,
            "version": FORMAT_VERSION,
            "slug": self.slug,
            "names": {"zh": self.name_zh, "en": self.name_en},
            "descriptions": {"zh": self.description_zh, "en": self.description_en},
            "category": self.category,
            "category_names": {"zh": self.category_zh, "en": self.category_en},
            "tag_names": {slug: {"zh": zh, "en": en} for slug, (zh, en) in self.tag_names.items()},
            "beats": list(self.beats),
            "take_beats": list(self.take_beats),
            "tags": list(self.tags),
            "facts": dict(self.facts),
            "rights": dict(self.rights),
            "files": [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in self.files],
        }

    @property
    def digest(self) -> str:
        """SHA-256 over the document as JSON in UTF-8, sorted, without spaces."""
        return document_digest(self.to_document())

    def to_json(self) -> str:
        """The manifest as text: fields in one order, whatever the order of facts and rights was."""
        document = {**self.to_document(), "sha256": self.digest}
        return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "BundleManifest":
        """Read `to_json` output, strictly. Raises BundleInvalid, which points to the field."""
        try:
            document = _READ.parse(text, MAX_JSON_CHARS)
            root = dict(_READ.mapping("", document, frozenset((*_KEYS, "sha256"))))
        except DocumentInvalid as error:
            raise _invalid(error) from error
        stated = root.pop("sha256", None)
        manifest = cls(**_read(root))
        if stated != document_digest(root):
            raise BundleInvalid(
                "digest_differs",
                "is not the SHA-256 of the manifest",
                file="manifest.json",
                field="/sha256",
            )
        return manifest


def document_digest(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _invalid(error: DocumentInvalid) -> BundleInvalid:
    return BundleInvalid("manifest_invalid", error.problem, file="manifest.json", field=error.pointer)


def _read(document: object) -> dict[str, Any]:
    """The manifest's fields, checked. Raises BundleInvalid."""
    try:
        root = _READ.mapping("", document, frozenset(_KEYS))
        if root.get("format") != FORMAT_NAME:
            raise DocumentInvalid("/format", f"must be {FORMAT_NAME!r}, got {quote(root.get('format'))}")
        if _READ.whole("/version", root.get("version")) != FORMAT_VERSION:
            problem = f"must be {FORMAT_VERSION}, got {quote(root['version'])}"
            raise BundleInvalid("version_unknown", problem, file="manifest.json", field="/version")
        return {
            "slug": _slug("/slug", root.get("slug")),
            **_texts("name", "/names", root.get("names"), NAME_CHARS),
            **_texts("description", "/descriptions", root.get("descriptions"), TEXT_CHARS),
            "category": _slug("/category", root.get("category")),
            "tags": tuple(
                _slug(f"/tags/{place}", tag)
                for place, tag in enumerate(_READ.items("/tags", root.get("tags"), MAX_TAGS))
            ),
            **_texts("category", "/category_names", root.get("category_names"), NAME_CHARS),
            "tag_names": _tag_names(root.get("tag_names")),
            "beats": _beats("/beats", root.get("beats")),
            "take_beats": _beats("/take_beats", root.get("take_beats")),
            "facts": _record("/facts", root.get("facts")),
            "rights": _record("/rights", root.get("rights")),
            "files": _files(root.get("files")),
        }
    except DocumentInvalid as error:
        raise _invalid(error) from error


def _slug(pointer: str, value: object) -> str:
    text = _READ.text(pointer, value, SLUG_CHARS)
    if not SLUG.fullmatch(text):
        raise DocumentInvalid(pointer, f"must be lower-case letters, digits, - and _, got {quote(text)}")
    return text


def _texts(prefix: str, pointer: str, value: object, most_chars: int) -> dict[str, str]:
    texts = _READ.mapping(pointer, value, frozenset(_LANGUAGES))
    return {
        f"{prefix}_{language}": _READ.text(f"{pointer}/{language}", texts.get(language), most_chars)
        for language in _LANGUAGES
    }


def _tag_names(value: object) -> dict[str, tuple[str, str]]:
    if not isinstance(value, Mapping) or len(value) > MAX_TAGS:
        raise DocumentInvalid("/tag_names", f"must be an object of at most {MAX_TAGS} names")
    out = {}
    for slug, names in value.items():
        pointer = f"/tag_names/{_slug('/tag_names', slug)}"
        texts = _texts("name", pointer, names, NAME_CHARS)
        out[slug] = (texts["name_zh"], texts["name_en"])
    return out


def _beats(pointer: str, value: object) -> tuple[float, ...]:
    beats = _READ.items(pointer, value, MAX_BEATS)
    before = 0.0
    for place, beat in enumerate(beats):
        number = _READ.number(f"{pointer}/{place}", beat)
        if number < before:
            raise DocumentInvalid(f"{pointer}/{place}", "must not come before the one before it")
        before = number
    return tuple(beats)


def _record(pointer: str, value: object) -> dict[str, Scalar]:
    if not isinstance(value, Mapping):
        raise DocumentInvalid(pointer, f"must be an object, got {quote(value)}")
    if len(value) > MAX_RECORD_FIELDS:
        raise DocumentInvalid(pointer, f"at most {MAX_RECORD_FIELDS} fields, got {len(value)}")
    out: dict[str, Scalar] = {}
    for name, content in value.items():
        _slug(f"{pointer}/{str(name)[:60]}", name)
        where = f"{pointer}/{name}"
        if isinstance(content, str):
            _READ.text(where, content, RECORD_CHARS)
        elif content is not None and not isinstance(content, bool):
            _READ.number(where, content)
        out[name] = content
    return out


def _files(value: object) -> tuple[BundleFile, ...]:
    out: list[BundleFile] = []
    for place, entry in enumerate(_READ.items("/files", value, MAX_LISTED)):
        pointer = f"/files/{place}"
        fields = _READ.mapping(pointer, entry, frozenset(("name", "size", "sha256")))
        name = _READ.text(f"{pointer}/name", fields.get("name"), 100)
        if any(file.name == name for file in out):
            raise DocumentInvalid(f"{pointer}/name", "is listed twice")
        size = _READ.whole(f"{pointer}/size", fields.get("size"))
        _READ.within(f"{pointer}/size", size, LARGEST_FILE)
        sha256 = _READ.text(f"{pointer}/sha256", fields.get("sha256"), 64)
        if not SHA256.fullmatch(sha256):
            raise DocumentInvalid(f"{pointer}/sha256", "must be 64 lower-case hexadecimal digits")
        out.append(BundleFile(name, size, sha256))
    return tuple(out)
