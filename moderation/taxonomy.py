"""Fixed harm categories, severities and surfaces. Pure Python.

Severities 0, 2, 4, 6 follow Azure AI Content Safety's image scale; the categories' counterparts in other
taxonomies and in the DSA's attribute list stand in docs/moderation.md.
"""

from enum import IntEnum, StrEnum


class Category(StrEnum):
    SEXUAL_EXPLICIT = "sexual_explicit"
    SEXUAL_NUDITY = "sexual_nudity"
    SEXUAL_SUGGESTIVE = "sexual_suggestive"
    MINOR_SAFETY = "minor_safety"
    VIOLENCE = "violence"
    GORE = "gore"
    HATE = "hate"
    SELF_HARM = "self_harm"
    EXTREMISM_POLITICAL = "extremism_political"
    REGULATED_GOODS = "regulated_goods"
    LIKENESS_CONSENT = "likeness_consent"
    IP_BRAND = "ip_brand"
    ADS_SPAM = "ads_spam"
    PRIVACY = "privacy"
    TECHNICAL = "technical"  # malformed, too large: never a strike
    SCANNER_FAILED = "scanner_failed"  # a scanner broke or timed out: nothing is known, so a person looks
    DISAGREEMENT = "disagreement"  # detector and classifier say different things


class Severity(IntEnum):
    CONTEXT = 0
    MILD = 2
    SERIOUS = 4
    EXTREME = 6


class Surface(StrEnum):
    PHOTO = "photo"
    GARMENT = "garment"
    PROMPT = "prompt"
    QUOTED_TEXT = "quoted_text"
    MOTION_VIDEO = "motion_video"
    OUTPUT = "output"


class Verdict(StrEnum):
    """Ordered from mild to strict: the strictest rule that matches wins."""

    PASS = "pass"  # noqa: S105
    REVIEW = "review"
    BLOCK = "block"
