"""DSA transparency database: allowed values, our categories in its terms, a check of fields. Pure Python.

Values follow the schema in force since 1 July 2025 (transparency.dsa.ec.europa.eu, "API documentation" and
"additional explanation for statement attributes"): it has no category for sexual content of adults any more,
which is a breach of the terms (OTHER_VIOLATION_TC) with a keyword, and deepfakes are cyber violence.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from moderation.taxonomy import Category, Surface

EU = [
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
]
EEA = sorted([*EU, "IS", "LI", "NO"])
COLUMNS = (
    "decision_visibility",
    "decision_visibility_other",
    "end_date_visibility_restriction",
    "decision_monetary",
    "decision_monetary_other",
    "end_date_monetary_restriction",
    "decision_provision",
    "end_date_service_restriction",
    "decision_account",
    "end_date_account_restriction",
    "account_type",
    "decision_ground",
    "decision_ground_reference_url",
    "illegal_content_legal_ground",
    "illegal_content_explanation",
    "incompatible_content_ground",
    "incompatible_content_explanation",
    "incompatible_content_illegal",
    "content_type",
    "content_type_other",
    "category",
    "category_specification",
    "category_specification_other",
    "territorial_scope",
    "content_language",
    "content_date",
    "application_date",
    "decision_facts",
    "source_type",
    "automated_detection",
    "automated_decision",
    "puid",
)


def _prefixed(prefix: str, names: str) -> frozenset[str]:
    return frozenset(f"{prefix}_{name}" for name in names.split())


ALLOWED: Mapping[str, frozenset[str]] = {
    "decision_visibility": _prefixed(
        "DECISION_VISIBILITY",
        "CONTENT_REMOVED CONTENT_DISABLED CONTENT_DEMOTED CONTENT_AGE_RESTRICTED "
        "CONTENT_INTERACTION_RESTRICTED CONTENT_LABELLED OTHER",
    ),
    "decision_monetary": _prefixed("DECISION_MONETARY", "SUSPENSION TERMINATION OTHER"),
    "decision_provision": _prefixed(
        "DECISION_PROVISION", "PARTIAL_SUSPENSION TOTAL_SUSPENSION PARTIAL_TERMINATION TOTAL_TERMINATION"
    ),
    "decision_account": _prefixed("DECISION_ACCOUNT", "SUSPENDED TERMINATED"),
    "account_type": _prefixed("ACCOUNT_TYPE", "BUSINESS PRIVATE"),
    "decision_ground": _prefixed("DECISION_GROUND", "ILLEGAL_CONTENT INCOMPATIBLE_CONTENT"),
    "incompatible_content_illegal": frozenset({"Yes", "No"}),
    "content_type": _prefixed("CONTENT_TYPE", "APP AUDIO IMAGE PRODUCT SYNTHETIC_MEDIA TEXT VIDEO OTHER"),
    "category": _prefixed(
        "STATEMENT_CATEGORY",
        "ANIMAL_WELFARE CONSUMER_INFORMATION CYBER_VIOLENCE CYBER_VIOLENCE_AGAINST_WOMEN "
        "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS ILLEGAL_OR_HARMFUL_SPEECH "
        "INTELLECTUAL_PROPERTY_INFRINGEMENTS NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS "
        "NOT_SPECIFIED_NOTICE OTHER_VIOLATION_TC PROTECTION_OF_MINORS RISK_FOR_PUBLIC_SECURITY "
        "SCAMS_AND_FRAUD SELF_HARM UNSAFE_AND_PROHIBITED_PRODUCTS VIOLENCE",
    ),
    "category_specification": _prefixed(
        "KEYWORD",
        "ADULT_SEXUAL_MATERIAL NUDITY HATE_SPEECH PROHIBITED_PRODUCTS NON_CONSENSUAL_MATERIAL_DEEPFAKE OTHER",
    ),
    "territorial_scope": frozenset(EEA),
    "content_language": frozenset({"EN", "ZH"}),
    "source_type": _prefixed("SOURCE", "ARTICLE_16 TRUSTED_FLAGGER TYPE_OTHER_NOTIFICATION VOLUNTARY"),
    "automated_detection": frozenset({"Yes", "No"}),
    "automated_decision": _prefixed("AUTOMATED_DECISION", "FULLY PARTIALLY NOT_AUTOMATED"),
}
_REQUIRED = (
    "decision_ground",
    "content_type",
    "category",
    "territorial_scope",
    "content_date",
    "application_date",
    "decision_facts",
    "source_type",
    "automated_detection",
    "automated_decision",
    "puid",
)
_ONE_OF = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")
_LISTS = {"decision_visibility", "content_type", "category_specification", "territorial_scope"}
_LENGTHS = {
    "decision_facts": 5000,
    "incompatible_content_ground": 500,
    "incompatible_content_explanation": 2000,
    "illegal_content_legal_ground": 500,
    "illegal_content_explanation": 2000,
    "content_type_other": 500,
    "category_specification_other": 500,
    "decision_visibility_other": 500,
}
_NEEDED_WITH = (
    ("decision_ground", "DECISION_GROUND_INCOMPATIBLE_CONTENT", "incompatible_content_ground"),
    ("decision_ground", "DECISION_GROUND_INCOMPATIBLE_CONTENT", "incompatible_content_explanation"),
    ("decision_ground", "DECISION_GROUND_ILLEGAL_CONTENT", "illegal_content_legal_ground"),
    ("decision_ground", "DECISION_GROUND_ILLEGAL_CONTENT", "illegal_content_explanation"),
    ("content_type", "CONTENT_TYPE_OTHER", "content_type_other"),
    ("decision_visibility", "DECISION_VISIBILITY_OTHER", "decision_visibility_other"),
)
_DATE = re.compile(r"20[2-9]\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_PUID = re.compile(r"[A-Za-z0-9_-]{1,500}")


class CategoryTerms(NamedTuple):
    """category and category_specification of one of our categories."""

    category: str
    keywords: tuple[str, ...] = ()


_TERMS_BREACH = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
CATEGORY_TERMS: Mapping[Category, CategoryTerms] = {
    Category.SEXUAL_EXPLICIT: CategoryTerms(_TERMS_BREACH, ("KEYWORD_ADULT_SEXUAL_MATERIAL",)),
    Category.SEXUAL_NUDITY: CategoryTerms(_TERMS_BREACH, ("KEYWORD_NUDITY",)),
    Category.SEXUAL_SUGGESTIVE: CategoryTerms(_TERMS_BREACH, ("KEYWORD_ADULT_SEXUAL_MATERIAL",)),
    Category.MINOR_SAFETY: CategoryTerms("STATEMENT_CATEGORY_PROTECTION_OF_MINORS"),
    Category.VIOLENCE: CategoryTerms("STATEMENT_CATEGORY_VIOLENCE"),
    Category.GORE: CategoryTerms("STATEMENT_CATEGORY_VIOLENCE"),
    Category.HATE: CategoryTerms("STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH", ("KEYWORD_HATE_SPEECH",)),
    Category.SELF_HARM: CategoryTerms("STATEMENT_CATEGORY_SELF_HARM"),
    Category.EXTREMISM_POLITICAL: CategoryTerms("STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY"),
    Category.REGULATED_GOODS: CategoryTerms(
        "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS", ("KEYWORD_PROHIBITED_PRODUCTS",)
    ),
    Category.LIKENESS_CONSENT: CategoryTerms(
        "STATEMENT_CATEGORY_CYBER_VIOLENCE", ("KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE",)
    ),
    Category.IP_BRAND: CategoryTerms("STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"),
    Category.ADS_SPAM: CategoryTerms("STATEMENT_CATEGORY_SCAMS_AND_FRAUD"),
    Category.PRIVACY: CategoryTerms("STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS"),
}
OTHER_TERMS = CategoryTerms(_TERMS_BREACH)


def content_types(surface: Surface | str, medium: str) -> list[str]:
    """content_type of something on a surface; what our engines made is synthetic as well."""
    kinds = {"image": "CONTENT_TYPE_IMAGE", "video": "CONTENT_TYPE_VIDEO", "text": "CONTENT_TYPE_TEXT"}
    found = [kinds.get(medium, "CONTENT_TYPE_IMAGE")]
    return [*found, "CONTENT_TYPE_SYNTHETIC_MEDIA"] if surface == Surface.OUTPUT else found


def dsa_faults(fields: Mapping[str, Any]) -> list[str]:
    """One sentence for each attribute that the Commission's database would refuse; empty when all hold."""
    faults = [f"{name} is not an attribute." for name in fields if name not in COLUMNS]
    faults += [f"{name} is required." for name in _REQUIRED if not fields.get(name)]
    if not any(fields.get(name) for name in _ONE_OF):
        faults.append(f"One of {', '.join(_ONE_OF)} is required.")
    for name, value in fields.items():
        if value in ("", None, []):
            continue
        if (name in _LISTS) is not isinstance(value, list):
            faults.append(f"{name} must {'' if name in _LISTS else 'not '}be a list.")
            continue
        values = value if isinstance(value, list) else [value]
        unknown = [one for one in values if name in ALLOWED and one not in ALLOWED[name]]
        faults += [f"{name} does not know {one!r}." for one in unknown]
        if name in _LENGTHS and len(value) > _LENGTHS[name]:
            faults.append(f"{name} is longer than {_LENGTHS[name]} characters.")
        if ("date" in name) and not _DATE.fullmatch(str(value)):
            faults.append(f"{name} is not a date.")
    for name, value, needed in _NEEDED_WITH:
        given = fields.get(name)
        if (value in given if isinstance(given, list) else given == value) and not fields.get(needed):
            faults.append(f"{needed} is required with {value}.")
    if fields.get("puid") and not _PUID.fullmatch(str(fields["puid"])):
        faults.append("puid has characters that are not allowed.")
    return faults
