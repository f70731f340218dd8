"""The words of a statement of reasons, in Chinese and in English, from plain facts. Pure Python.

Each text says what was decided, about what, on which facts, by which rule, whether machines took part, and
what can be done about it until when (DSA article 17 (3)). WORDING changes whenever a sentence does; what was
told before keeps its words.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from moderation.policy.rules import REASONS
from moderation.taxonomy import Surface

WORDING = "2026-12"


class Texts(NamedTuple):
    chinese: str
    english: str


CONTENT_NAMES: dict[str, Texts] = {
    Surface.PHOTO.value: Texts("照片", "photo"),
    Surface.GARMENT.value: Texts("服装图片", "garment picture"),
    Surface.PROMPT.value: Texts("描述文字", "prompt"),
    Surface.QUOTED_TEXT.value: Texts("待绘制文字", "text to be drawn"),
    Surface.MOTION_VIDEO.value: Texts("动作视频", "motion video"),
    Surface.OUTPUT.value: Texts("生成的作品", "generated result"),
}
_ACCOUNT = Texts("账号", "account")


@dataclass(frozen=True)
class StatementFacts:
    """What a statement speaks of.

    kind: a StatementKind. surface: of the content; empty for an account. content_date: when it was given.
    is_detected_by_machine: a scanner pointed at it. is_decided_by_machine: nobody looked. reference: the
    statement's id. active_strikes, strike_until: of a strike. until: of a measure. is_by_hand: a person gave
    the strike, which no decision on content stands behind, or imposed the measure, which no number of strikes
    led to.
    """

    kind: str
    reference: str
    decided_on: date
    reason_codes: tuple[str, ...]
    surface: str = ""
    content_date: date | None = None
    policy_version: int | None = None
    is_detected_by_machine: bool = False
    is_decided_by_machine: bool = False
    appeal_until: date | None = None
    active_strikes: int = 0
    strike_until: date | None = None
    until: date | None = None
    is_by_hand: bool = False


def statement_texts(facts: StatementFacts) -> Texts:
    """The whole statement in both languages."""
    parts = [_what(facts), _facts(facts), _rule(facts), _how(facts), _remedy(facts), _reference(facts)]
    present = [part for part in parts if part is not None]
    return Texts("\n\n".join(part.chinese for part in present), "\n\n".join(part.english for part in present))


def decision_facts(facts: StatementFacts) -> str:
    """The circumstances in English, for the DSA's decision_facts: no personal data."""
    parts = [_what(facts), _facts(facts), _how(facts)]
    return " ".join(part.english for part in parts if part is not None)


def reasons(facts: StatementFacts) -> Texts:
    """The sentences of all reasons."""
    texts = [REASONS.get(code, REASONS["other"]) for code in facts.reason_codes] or [REASONS["other"]]
    return Texts("".join(text.chinese for text in texts), " ".join(text.english for text in texts))


def _name(facts: StatementFacts) -> Texts:
    return CONTENT_NAMES.get(facts.surface, _ACCOUNT)


def _given(facts: StatementFacts) -> Texts:
    """The content and its day."""
    name, day = _name(facts), facts.content_date
    if day is None:
        return Texts(f"您的{name.chinese}", f"Your {name.english}")
    return Texts(f"您于 {day} 提交的{name.chinese}", f"Your {name.english} of {day}")


def _what(facts: StatementFacts) -> Texts:
    given, day = _given(facts), facts.decided_on
    match facts.kind:
        case "content":
            return Texts(
                f"{given.chinese}于 {day} 被拒绝。该内容不再展示，也不能再被使用；此决定在所有地区均有效。",
                f"{given.english} was refused on {day}. It is not shown and cannot be used; this holds "
                "everywhere.",
            )
        case "strike":
            return Texts(
                f"您的账号于 {day} 被记违规一次，有效期至 {facts.strike_until}。"
                f"目前有效的违规共 {facts.active_strikes} 次。",
                f"Your account was given a strike on {day}. It counts until {facts.strike_until}. Strikes "
                f"that count now: {facts.active_strikes}.",
            )
        case "limit":
            cause = Texts("", "") if facts.is_by_hand else Texts("由于违规次数，", "Because of its strikes, ")
            account = "Your account" if facts.is_by_hand else "your account"
            return Texts(
                f"{cause.chinese}您的账号自 {day} 起可发送的请求减少，至 {facts.until} 自动恢复。",
                f"{cause.english}{account} may send fewer requests from {day} on. This ends by itself on "
                f"{facts.until}.",
            )
        case "suspension":
            return Texts(
                f"您的账号自 {day} 起被暂停，不能上传或生成内容，至 {facts.until} 自动恢复。"
                "您仍可登录、下载作品、申诉和删除数据。",
                f"Your account is suspended from {day} on: it cannot upload or make anything. This ends by "
                f"itself on {facts.until}. You can still sign in, download your results, appeal, and erase "
                "your data.",
            )
        case "restored":
            return Texts(
                f"{given.chinese}：此前的拒绝决定已于 {day} 撤销，内容已恢复，因此产生的违规记录一并取消。",
                f"{given.english}: the refusal was taken back on {day}. The content is available again, and "
                "a strike that came of it no longer counts.",
            )
        case "upheld":
            return Texts(
                f"{given.chinese}：另一位审核员已复核您的申诉，原决定于 {day} 予以维持。",
                f"{given.english}: another moderator has looked at it again because of your appeal. The "
                f"decision stands, as of {day}.",
            )
        case _:
            raise ValueError(f"No words for a statement of kind {facts.kind!r}.")


def _facts(facts: StatementFacts) -> Texts | None:
    if facts.kind == "restored":
        return None
    if not facts.reason_codes:
        return None
    why = reasons(facts)
    if facts.kind == "strike" and facts.is_by_hand:
        codes = ", ".join(facts.reason_codes)
        return Texts(
            f"此次违规所依据的是您的账号违反了内容规则的条目 {codes}，而不是对某一件内容的决定。",
            f"The strike rests on your account having broken item {codes} of the content policy, not on a "
            "decision about one piece of content.",
        )
    if facts.kind in {"limit", "suspension"} and not facts.is_by_hand:
        return Texts(f"最近一次违规：{why.chinese}", f"The latest violation: {why.english}")
    return Texts(f"认定的事实：{why.chinese}", f"What was found: {why.english}")


def _rule(facts: StatementFacts) -> Texts | None:
    if facts.kind == "restored":
        return None
    codes = ", ".join(facts.reason_codes) or "other"
    version = facts.policy_version
    if version is None:
        return Texts(
            f"依据：本服务的内容规则，条目 {codes}。", f"Rule: this service's content policy, {codes}."
        )
    return Texts(
        f"依据：本服务内容规则第 {version} 版，条目 {codes}。",
        f"Rule: this service's content policy, version {version}, {codes}.",
    )


def _how(facts: StatementFacts) -> Texts | None:
    if facts.kind in {"restored", "upheld"}:
        return None
    if facts.is_by_hand and facts.kind == "strike":
        return Texts("该违规由工作人员直接记录。", "A person gave this strike by hand.")
    if facts.is_by_hand:
        return Texts("该措施由工作人员决定。", "A person decided on this measure.")
    if facts.kind in {"strike", "limit", "suspension"} and not facts.is_decided_by_machine:
        return Texts(
            "违规源于工作人员的决定；后果按规则自动计算。"
            if facts.kind != "strike"
            else "该违规源于工作人员的决定。",
            "The violations were found by people; the consequence follows from their number."
            if facts.kind != "strike"
            else "The strike rests on a person's decision.",
        )
    if facts.is_decided_by_machine:
        return Texts(
            "该内容由自动检测发现，决定由系统自动作出，没有人工参与。",
            "The content was found by automatic checks, and the decision was made automatically, without a "
            "person.",
        )
    if facts.is_detected_by_machine:
        return Texts(
            "该内容由自动检测发现，决定由审核员作出。",
            "The content was found by automatic checks; a moderator looked at it and decided.",
        )
    return Texts(
        "自动检测没有指出问题，决定由审核员查看后作出。",
        "No automatic check pointed at it; a moderator looked at it and decided.",
    )


def _remedy(facts: StatementFacts) -> Texts | None:
    if facts.kind == "restored":
        return None
    if facts.appeal_until is None:
        return Texts(
            "您也可以向经认证的庭外纠纷解决机构或法院寻求救济。",
            "You may also turn to a certified out-of-court dispute settlement body or to a court.",
        )
    return Texts(
        f"如有异议，您可以在 {facts.appeal_until} 之前免费申诉：在本页面填写理由，"
        "或通过接口提交。申诉由另一位审核员处理。您也可以向经认证的庭外纠纷解决机构或法院寻求救济。",
        f"If you disagree, you can appeal free of charge until {facts.appeal_until}: on this page or through "
        "the API. Another moderator decides on it. You may also turn to a certified out-of-court dispute "
        "settlement body or to a court.",
    )


def _reference(facts: StatementFacts) -> Texts:
    return Texts(f"编号：{facts.reference}", f"Reference: {facts.reference}")
