"""Rule, RuleSet, PolicyVerdict and the reasons table. Pure Python."""

from dataclasses import dataclass
from typing import NamedTuple

from moderation.taxonomy import Category, Severity, Surface, Verdict

ANY = "any"


@dataclass(frozen=True)
class Rule:
    """A finding of `category` with at least this severity and confidence (0 to 100) leads to `verdict`.

    surface: a Surface or ANY. job_kind: a job kind's key or ANY. reason_code: a key of REASONS.
    Raises ValueError for values outside the taxonomy, so that a broken rule can never quietly match nothing.
    """

    category: Category
    surface: Surface | str
    job_kind: str
    min_severity: Severity
    min_confidence: float
    verdict: Verdict
    reason_code: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "category", Category(self.category))
        object.__setattr__(self, "min_severity", Severity(self.min_severity))
        object.__setattr__(self, "verdict", Verdict(self.verdict))
        if self.surface != ANY:
            object.__setattr__(self, "surface", Surface(self.surface))
        if not 0 <= self.min_confidence <= 100:
            raise ValueError(f"min_confidence must be 0 to 100, got {self.min_confidence}.")
        if self.reason_code not in REASONS:
            raise ValueError(f"reason_code must be one of {sorted(REASONS)}, got {self.reason_code!r}.")


@dataclass(frozen=True)
class RuleSet:
    """The rules of one policy version."""

    version: int
    rules: tuple[Rule, ...]


class ReasonText(NamedTuple):
    """What a person is told for a reason code."""

    english: str
    chinese: str


REASONS: dict[str, ReasonText] = {
    "sexual_explicit": ReasonText(
        "The content is sexually explicit.",
        "内容含有露骨的色情信息。",
    ),
    "sexual_nudity": ReasonText(
        "The content seems to be sexual or to show nudity.", "内容疑似涉及色情或裸露。"
    ),
    "sexual_suggestive": ReasonText("The content is sexually suggestive.", "内容含有性暗示。"),
    "suggestive_allowed": ReasonText(
        "Light or tight clothing is allowed here.", "此处允许轻薄或紧身的衣着。"
    ),
    "minor_safety": ReasonText(
        "The content may endanger the safety of a minor.", "内容可能危害未成年人的安全。"
    ),
    "violence": ReasonText("The content shows violence.", "内容含有暴力。"),
    "gore": ReasonText("The content shows injuries or blood.", "内容含有血腥画面。"),
    "hate": ReasonText("The content attacks a group of people.", "内容含有针对群体的仇恨。"),
    "self_harm": ReasonText("The content shows or encourages self-harm.", "内容展示或鼓励自我伤害。"),
    "extremism_political": ReasonText(
        "The content is extremist or touches a political rule.", "内容涉及极端主义或违反政治类规定。"
    ),
    "regulated_goods": ReasonText(
        "The content promotes drugs, weapons, gambling or other regulated goods.",
        "内容推广毒品、武器、赌博或其他受管制物品。",
    ),
    "likeness_consent": ReasonText(
        "The person shown may not have agreed to this use.", "画面中的人可能未同意这种使用。"
    ),
    "ip_brand": ReasonText(
        "The content may use somebody else's brand or work.", "内容可能使用了他人的品牌或作品。"
    ),
    "ads_spam": ReasonText("The content is advertising or spam.", "内容属于广告或垃圾信息。"),
    "privacy": ReasonText("The content shows private data.", "内容泄露了个人隐私信息。"),
    "listed_content": ReasonText(
        "The content is on a list of what is not allowed here.", "内容在本服务的禁止名单中。"
    ),
    "known_bad_match": ReasonText(
        "The picture matches one that was refused before.", "图片与此前已被拒绝的图片相同或相近。"
    ),
    "banned_term": ReasonText(
        "The text contains words that are not allowed here.", "文字含有此处不允许使用的词语。"
    ),
    "disguised_term": ReasonText(
        "The text seems to hide words that are not allowed here.", "文字疑似以变体形式夹带不允许的词语。"
    ),
    "text_in_image": ReasonText(
        "The picture contains text that is not allowed here.", "图片中含有此处不允许的文字。"
    ),
    "qr_code": ReasonText(
        "The picture contains a code that leads elsewhere.", "图片中含有指向外部的二维码。"
    ),
    "several_faces": ReasonText(
        "The picture shows several people, and all of them must agree.", "图片中有多人，须征得每个人的同意。"
    ),
    "likely_minor": ReasonText(
        "The person shown may be a minor, so a guardian must agree.",
        "画面中的人可能是未成年人，须由监护人同意。",
    ),
    "ai_label_missing": ReasonText(
        "Content made by AI must carry its label.", "人工智能生成的内容必须带有标识。"
    ),
    "ai_label_invalid": ReasonText("The file's mark of origin does not hold.", "文件的来源标识校验未通过。"),
    "technical": ReasonText("The file has a technical fault.", "文件存在技术问题。"),
    "scanner_failed": ReasonText(
        "An automatic check could not be carried out, so a person will look.",
        "自动检查未能完成，将由人工审核。",
    ),
    "scanners_disagree": ReasonText(
        "The automatic checks disagree, so a person will look.", "自动检查结果不一致，将由人工审核。"
    ),
    "category_without_rule": ReasonText(
        "The policy has no rule for what was found, so a person will look.",
        "现行规则未涵盖检测到的内容，将由人工审核。",
    ),
    "no_live_policy": ReasonText(
        "No moderation policy is in force, so a person will look.", "当前没有生效的审核规则，将由人工审核。"
    ),
    "approved_by_reviewer": ReasonText(
        "A moderator looked at the content and approved it.", "审核员已查看并批准该内容。"
    ),
    "other": ReasonText("The content breaks another rule of this service.", "内容违反了本服务的其他规则。"),
}

# Codes that only the machine or the system gives; a person never picks them.
MACHINE_REASONS = frozenset(
    {
        "scanner_failed",
        "scanners_disagree",
        "category_without_rule",
        "no_live_policy",
        "suggestive_allowed",
        "technical",
        "approved_by_reviewer",
    }
)
PERSON_REASONS = tuple(code for code in REASONS if code not in MACHINE_REASONS)


def reason_text(code: str, language: str) -> str:
    """The sentence for `code` ("other" for unknown ones); `language` is a tag such as "en" or "zh-hans"."""
    text = REASONS.get(code, REASONS["other"])
    return text.chinese if language.lower().startswith("zh") else text.english
