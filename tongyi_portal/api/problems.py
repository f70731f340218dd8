"""Every code that a fault of the API can have, with its sentence; docs/api/problems.md is made of them."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import get_resolver
from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from generation.services.uploads import intake_status
from generation.texts import ERROR_TEXTS
from moderation.intake import MESSAGES
from tongyi_portal.common.errors import AppError

SNAPSHOT = Path(settings.BASE_DIR) / "docs" / "api" / "problems.md"
PACKAGES = ("generation.", "moderation.", "templates_app.", "tongyi_portal.")
OF_COMMANDS = frozenset(["usage_demo_present"])  # no request meets them
NO_NAME = {460: "Checksum Mismatch"}  # of tus

# What REST framework and the handler of errors answer; sentences without gettext_noop are the framework's.
FRAMEWORK: Mapping[str, tuple[int, str, str]] = {
    "invalid_request": (
        400,
        gettext_noop("The request has faults."),
        "`details.fields` lists each with its JSON pointer, a code of its own and a sentence. Mend them all.",
    ),
    "malformed_body": (
        400,
        "Malformed request.",
        "The body is no JSON in UTF-8, has a key twice, or is nested too deeply.",
    ),
    "malformed_request": (
        400,
        gettext_noop("The request cannot be read."),
        "Its address or headers are broken.",
    ),
    "not_authenticated": (
        401,
        "Authentication credentials were not provided.",
        "Send `Authorization: Bearer <token>`.",
    ),
    "token_malformed": (
        401,
        gettext_noop("The Authorization header is malformed."),
        "It has more than two words.",
    ),
    "token_unknown": (
        401,
        gettext_noop("The token is not valid."),
        "Unknown or revoked, or its account is closed.",
    ),
    "token_expired": (401, gettext_noop("The token has expired."), "Ask the site for a new one."),
    "scope_missing": (
        403,
        gettext_noop("The token lacks the scope for this."),
        "`details.scope` names it; a token never gains scopes, so ask for another.",
    ),
    "method_not_allowed": (405, gettext_noop("This address does not take that method."), "See the document."),
    "not_acceptable": (
        406,
        "Could not satisfy the request Accept header.",
        "The API answers with application/json.",
    ),
    "body_too_large": (413, gettext_noop("The request is too large."), "It was not read to its end."),
    "unsupported_media_type": (
        415,
        'Unsupported media type "{media_type}" in request.',
        "Send JSON, or a form where the document says so.",
    ),
    "throttled": (
        429,
        gettext_noop("Too many requests; wait a moment."),
        "`Retry-After` and `details.retry_after_seconds` say how long.",
    ),
    "internal_error": (
        500,
        gettext_noop("Something went wrong on our side."),
        "`details.request_id` finds it in the site's log. Trying again may help.",
    ),
}
# Within `details.fields` of invalid_request.
FIELDS: Mapping[str, str] = {
    "required": "The field is missing.",
    "null": "It may not be null.",
    "blank": "It may not be empty.",
    "unknown_field": "The shape has no such field.",
    "unknown_parameter": "The address has no such parameter.",
    "wrong_type": 'Another JSON type is needed: `5` and not `"5"`, `true` and not `1`.',
    "invalid": "It is not written as it should be.",
    "invalid_choice": "It is none of the listed values.",
    "min_value": "Too small.",
    "max_value": "Too large.",
    "min_length": "Too short, or too few.",
    "max_length": "Too long, or too many.",
    "not_a_list": "A list is needed.",
    "not_a_dict": "An object is needed.",
    "empty": "An empty list or file.",
    "repeated": "The same value twice.",
    "ambiguous": "Two fields of which only one may be given.",
    "out_of_range": "A moment before the year 1900 or after 9000.",
    "too_many_words": "More words to search for than allowed.",
}


@dataclass(frozen=True)
class Problem:
    """message: English, as it stands in the catalogues. meaning: for developers, English; may be empty."""

    code: str
    status: int
    message: str
    meaning: str


def problems() -> list[Problem]:
    """Of every fault, by code. One code that several faults have is told by the first of them."""
    found = {
        problem.code: problem for problem in reversed([*_of_framework(), *_of_intake(), *_of_services()])
    }
    return [found[code] for code in sorted(found)]


def page() -> str:
    """The whole document."""
    lines = [
        "# Problems, one by one",
        "",
        'Made by `manage.py api_problems` from the code. A fault is `{"code", "message", "details"}`:',
        "programs go by the code, which does not change; the message is for people, in the language of",
        "`Accept-Language`. 4xx: change the request. 429 and 503: the same request may work after",
        "`Retry-After`. 500: tell the site its `request_id`.",
        "",
        "| Code | Status | English | 中文 | Meaning |",
        "|---|---|---|---|---|",
    ]
    lines += [_row(problem) for problem in problems()]
    lines += ["", "## Codes within `details.fields`", "", "| Code | Meaning |", "|---|---|"]
    lines += [f"| `{code}` | {meaning} |" for code, meaning in FIELDS.items()]
    lines += [
        "",
        "## Why a job failed",
        "",
        "`error.code` of a job that is `failed`. Those that begin with `photo_` are mended by another photo.",
        "",
        "| Code | English | 中文 |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{code}` | {_said(text, 'en')} | {_said(text, 'zh-hans')} |"
        for code, text in sorted(ERROR_TEXTS.items())
    ]
    return "\n".join(lines) + "\n"


def _row(problem: Problem) -> str:
    name = NO_NAME.get(problem.status) or HTTPStatus(problem.status).phrase
    said = [_said(problem.message, language) for language in ("en", "zh-hans")]
    cells = [f"`{problem.code}`", f"{problem.status} {name}", *said, problem.meaning]
    return "| " + " | ".join(cells) + " |"


def _said(message: Any, language: str) -> str:
    with translation.override(language):
        return gettext(str(message)).replace("|", "\\|")


def _of_framework() -> Iterator[Problem]:
    for code, (status, message, meaning) in FRAMEWORK.items():
        yield Problem(code, status, message, meaning)


def _of_intake() -> Iterator[Problem]:
    for code, message in MESSAGES.items():
        yield Problem(code, intake_status(code), message, "Of a picture that was sent.")


def _of_services() -> Iterator[Problem]:
    """Every AppError that the views can meet: of modules that are imported with the addresses."""
    get_resolver().url_patterns  # noqa: B018
    classes = sorted(_below(AppError), key=lambda one: (one.code, one.__module__, one.__qualname__))
    for one in classes:
        if one.__module__.startswith(PACKAGES) and one.code not in {AppError.code, *OF_COMMANDS}:
            with translation.override("en"):
                message = str(one.default_message)
            yield Problem(one.code, one.http_status, message, _meaning(one))


def _below(base: type[AppError]) -> Iterator[type[AppError]]:
    for one in base.__subclasses__():
        yield one
        yield from _below(one)


def _meaning(one: type[AppError]) -> str:
    """The class's own docstring, on one line."""
    written = one.__dict__.get("__doc__") or ""
    return " ".join(inspect.cleandoc(written).split()).replace("|", "\\|")
