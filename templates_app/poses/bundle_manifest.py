"""The manifest of a template bundle: what it says of the template, and the list of its files. Pure Python."""

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
NAME_CHARS, TEXT_CHARS, RECORD_CHARS = 120, 4000, 4000
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
SHA256 = re.compile(r"[0-9a-f]{64}")
LARGEST_FILE = 2**40

Scalar = str | int | float | bool | None
_LANGUAGES = ("zh", "en")
_KEYS = ("format", "version", "slug", "names", "descriptions", "category", "tags", "facts", "rights", "files")


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
    files: filled in by `write_bundle`.
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
            "tags": list(self.tags),
            "facts": dict(self.facts),
            "rights": dict(self.rights),
            "files": [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in self.files],
        }

    def to_json(self) -> str:
        """The manifest as text: fields in one order, whatever the order of facts and rights was."""
        return json.dumps(self.to_document(), ensure_ascii=False, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "BundleManifest":
        """Read `to_json` output, strictly. Raises BundleInvalid, which points to the field."""
        try:
            document = _READ.parse(text, MAX_JSON_CHARS)
        except DocumentInvalid as error:
            raise _invalid(error) from error
        return cls(**_read(document))


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
            "facts": _record("/facts", root.get("facts")),
            "rights": _record("/rights", root.get("rights")),
            "files": _files(root.get("files")),
        }
    except DocumentInvalid as error:
        raise _invalid(error) from error


def _slug(pointer: str, value: object) -> str:
    text = _READ.text(pointer, value, 80)
    if not SLUG.fullmatch(text):
        raise DocumentInvalid(pointer, f"must be lower-case letters, digits, - and _, got {quote(text)}")
    return text


def _texts(prefix: str, pointer: str, value: object, most_chars: int) -> dict[str, str]:
    texts = _READ.mapping(pointer, value, frozenset(_LANGUAGES))
    return {
        f"{prefix}_{language}": _READ.text(f"{pointer}/{language}", texts.get(language), most_chars)
        for language in _LANGUAGES
    }


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
