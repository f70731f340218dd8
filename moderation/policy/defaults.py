"""The policy that a new installation starts with, and how soon a person should decide. Pure Python.

Where the numbers come from: the detector scores clothed people up to about 30 for bare breasts, so nothing
below 45 counts; an independent test of 10,000 explicit pictures found 47 % of them with the detector at 40
and 75 % with the classifier at 40, so each alone may ask for review, and only both together, or an explicit
class at 60, block. A result is looked at in ten frames or more, of a photo that passed before, so the chance
of one false alarm is ten times that of a photo: on 48 harmless renders (8 dances, 2 photographed and 4 drawn
people) the detector alone went up to 57 while the classifier stayed below 12. For results the detector
alone therefore asks for a person from 70, the classifier from 45 as everywhere.
"""

from moderation.policy.rules import ANY, Rule
from moderation.taxonomy import Category, Severity, Surface, Verdict
from tongyi_portal.common.errors import gettext_noop

DEFAULT_TITLE = gettext_noop("Default policy")
DEFAULT_NOTE = gettext_noop(
    "Explicit content is blocked, nudity and doubt are reviewed, ordinary clothing passes."
)


def _everywhere(
    category: Category, severity: Severity, confidence: float, verdict: Verdict, reason: str
) -> Rule:
    return Rule(category, ANY, ANY, severity, confidence, verdict, reason)


_SERIOUS, _EXTREME, _MILD = Severity.SERIOUS, Severity.EXTREME, Severity.MILD


def _doubt_about_nudity() -> list[Rule]:
    """From which confidence the detector alone, and its difference from the classifier, need a person."""
    rules = []
    for surface in Surface:
        alone, apart = (70, 70) if surface is Surface.OUTPUT else (45, 55)
        rules += [
            Rule(Category.SEXUAL_NUDITY, surface, ANY, _SERIOUS, alone, Verdict.REVIEW, "sexual_nudity"),
            Rule(Category.DISAGREEMENT, surface, ANY, _MILD, apart, Verdict.REVIEW, "scanners_disagree"),
        ]
    return rules


# Only people give these categories the gravest severity: in hash banks and term lists meant to block.
_LISTED_CATEGORIES = (
    Category.SEXUAL_NUDITY,
    Category.SEXUAL_SUGGESTIVE,
    Category.LIKENESS_CONSENT,
    Category.IP_BRAND,
    Category.ADS_SPAM,
    Category.PRIVACY,
)
_STRICT_CATEGORIES = (
    (Category.VIOLENCE, "violence"),
    (Category.GORE, "gore"),
    (Category.HATE, "hate"),
    (Category.SELF_HARM, "self_harm"),
    (Category.EXTREMISM_POLITICAL, "extremism_political"),
    (Category.REGULATED_GOODS, "regulated_goods"),
)
_DOUBTFUL_CATEGORIES = (
    (Category.LIKENESS_CONSENT, "likeness_consent"),
    (Category.IP_BRAND, "ip_brand"),
    (Category.ADS_SPAM, "ads_spam"),
    (Category.PRIVACY, "privacy"),
)

DEFAULT_RULES: tuple[Rule, ...] = (
    _everywhere(Category.SEXUAL_EXPLICIT, _EXTREME, 60, Verdict.BLOCK, "sexual_explicit"),
    _everywhere(Category.SEXUAL_EXPLICIT, _EXTREME, 35, Verdict.REVIEW, "sexual_nudity"),
    _everywhere(Category.SEXUAL_EXPLICIT, _SERIOUS, 45, Verdict.REVIEW, "sexual_nudity"),
    *_doubt_about_nudity(),
    _everywhere(Category.SEXUAL_SUGGESTIVE, _SERIOUS, 50, Verdict.REVIEW, "sexual_suggestive"),
    *(
        Rule(Category.SEXUAL_SUGGESTIVE, surface, ANY, _MILD, 0, Verdict.PASS, "suggestive_allowed")
        for surface in (Surface.PHOTO, Surface.GARMENT, Surface.MOTION_VIDEO, Surface.OUTPUT)
    ),
    *(
        Rule(Category.SEXUAL_SUGGESTIVE, surface, ANY, _MILD, 50, Verdict.REVIEW, "sexual_suggestive")
        for surface in (Surface.PROMPT, Surface.QUOTED_TEXT)
    ),
    _everywhere(Category.MINOR_SAFETY, _EXTREME, 70, Verdict.BLOCK, "minor_safety"),
    _everywhere(Category.MINOR_SAFETY, _MILD, 0, Verdict.REVIEW, "minor_safety"),
    *(_everywhere(category, _EXTREME, 80, Verdict.BLOCK, reason) for category, reason in _STRICT_CATEGORIES),
    *(_everywhere(category, _SERIOUS, 40, Verdict.REVIEW, reason) for category, reason in _STRICT_CATEGORIES),
    *(
        _everywhere(category, _SERIOUS, 50, Verdict.REVIEW, reason)
        for category, reason in _DOUBTFUL_CATEGORIES
    ),
    *(
        _everywhere(category, _EXTREME, 80, Verdict.BLOCK, "listed_content")
        for category in _LISTED_CATEGORIES
    ),
    _everywhere(Category.TECHNICAL, _SERIOUS, 0, Verdict.REVIEW, "technical"),
    _everywhere(Category.SCANNER_FAILED, Severity.CONTEXT, 0, Verdict.REVIEW, "scanner_failed"),
)

_ORDINARY_REVIEW_HOURS = 24
_URGENT_REVIEW_HOURS = {
    Category.MINOR_SAFETY: 1,
    Category.SELF_HARM: 1,
    Category.EXTREMISM_POLITICAL: 4,
    Category.SEXUAL_EXPLICIT: 4,
}


def review_hours(category: Category) -> int:
    """Within how many hours a person should decide on content whose gravest category is this."""
    return _URGENT_REVIEW_HOURS.get(category, _ORDINARY_REVIEW_HOURS)
