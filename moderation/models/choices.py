"""The taxonomy's values as database choices, with names for people."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from moderation.taxonomy import Category, Severity, Surface, Verdict


class CategoryChoice(models.TextChoices):
    """Harm categories of `moderation.taxonomy.Category`."""

    SEXUAL_EXPLICIT = Category.SEXUAL_EXPLICIT.value, _("explicit sexual content")
    SEXUAL_NUDITY = Category.SEXUAL_NUDITY.value, _("nudity")
    SEXUAL_SUGGESTIVE = Category.SEXUAL_SUGGESTIVE.value, _("suggestive content")
    MINOR_SAFETY = Category.MINOR_SAFETY.value, _("safety of minors")
    VIOLENCE = Category.VIOLENCE.value, _("violence")
    GORE = Category.GORE.value, _("gore")
    HATE = Category.HATE.value, _("hate")
    SELF_HARM = Category.SELF_HARM.value, _("self-harm")
    EXTREMISM_POLITICAL = Category.EXTREMISM_POLITICAL.value, _("extremism and politics")
    REGULATED_GOODS = Category.REGULATED_GOODS.value, _("regulated goods")
    LIKENESS_CONSENT = Category.LIKENESS_CONSENT.value, _("likeness without consent")
    IP_BRAND = Category.IP_BRAND.value, _("brands and copyright")
    ADS_SPAM = Category.ADS_SPAM.value, _("advertising and spam")
    PRIVACY = Category.PRIVACY.value, _("privacy")
    TECHNICAL = Category.TECHNICAL.value, _("technical fault")
    SCANNER_FAILED = Category.SCANNER_FAILED.value, _("a scanner failed")
    DISAGREEMENT = Category.DISAGREEMENT.value, _("scanners disagree")


class SeverityChoice(models.IntegerChoices):
    """Severities of `moderation.taxonomy.Severity`."""

    CONTEXT = Severity.CONTEXT.value, _("0 context")
    MILD = Severity.MILD.value, _("2 mild")
    SERIOUS = Severity.SERIOUS.value, _("4 serious")
    EXTREME = Severity.EXTREME.value, _("6 extreme")


class SurfaceChoice(models.TextChoices):
    """Surfaces of `moderation.taxonomy.Surface`."""

    PHOTO = Surface.PHOTO.value, _("photo")
    GARMENT = Surface.GARMENT.value, _("garment")
    PROMPT = Surface.PROMPT.value, _("prompt")
    QUOTED_TEXT = Surface.QUOTED_TEXT.value, _("text to be drawn")
    MOTION_VIDEO = Surface.MOTION_VIDEO.value, _("motion video")
    OUTPUT = Surface.OUTPUT.value, _("output")


class VerdictChoice(models.TextChoices):
    """Verdicts of `moderation.taxonomy.Verdict`."""

    PASS = Verdict.PASS.value, _("pass")
    REVIEW = Verdict.REVIEW.value, _("review")
    BLOCK = Verdict.BLOCK.value, _("block")
