"""What people read instead of moderation's codes: reasons, labels of findings, kinds of content."""

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from moderation.policy.rules import reason_text
from moderation.subject_registry import subject_types

LABELS: Mapping[str, Any] = {
    "age_question": _("a face: is this a minor?"),
    "anus_covered": _("covered anus"),
    "anus_exposed": _("exposed anus"),
    "approved_picture": _("exactly or nearly a picture that was approved"),
    "armpits_covered": _("covered armpits"),
    "armpits_exposed": _("exposed armpits"),
    "belly_covered": _("covered belly"),
    "belly_exposed": _("exposed belly"),
    "buttocks_covered": _("covered buttocks"),
    "buttocks_exposed": _("exposed buttocks"),
    "face": _("face"),
    "faces": _("faces"),
    "feet_covered": _("covered feet"),
    "feet_exposed": _("exposed feet"),
    "female_breast_covered": _("covered female breast"),
    "female_breast_exposed": _("exposed female breast"),
    "female_genitalia_covered": _("covered female genitalia"),
    "female_genitalia_exposed": _("exposed female genitalia"),
    "known_picture": _("a picture that is on a list"),
    "listed_text": _("listed word"),
    "male_breast_exposed": _("exposed male breast"),
    "male_genitalia_exposed": _("exposed male genitalia"),
    "mark_invalid": _("a mark of origin that does not hold"),
    "marked_ai_edited": _("marked as edited with AI"),
    "marked_ai_made": _("marked as made by AI"),
    "marked_ai_possible": _("marked as possibly made by AI"),
    "marked_captured": _("marked as taken by a camera"),
    "marked_otherwise": _("carries a mark of origin"),
    "nsfw": _("whole picture looks indecent"),
    "nudity_corroborated": _("nudity, seen by both scanners"),
    "nudity_disputed": _("nudity, seen by one scanner only"),
    "picture_blank": _("blank picture"),
    "picture_blurred": _("blurred picture"),
    "picture_dark": _("dark picture"),
    "picture_tiny": _("very small picture"),
    "qr_code": _("QR code"),
    "scanner_failed": _("a scanner failed"),
    "several_faces": _("several faces"),
    "text_seen": _("text in the picture"),
}

ACTIONS: dict[str, Any] = {
    "account.token.issued": _("API token issued"),
    "account.token.revoked": _("API token revoked"),
    "moderation.account.erased": _("account erased"),
    "moderation.appeal.opened": _("appeal made"),
    "moderation.appeal.overturned": _("appeal: decision taken back"),
    "moderation.appeal.upheld": _("appeal: decision stands"),
    "moderation.appeal.withdrawn": _("appeal withdrawn"),
    "moderation.bank.changed": _("hash bank changed"),
    "moderation.bank.created": _("hash bank made"),
    "moderation.bank.imported": _("hashes imported"),
    "moderation.bank.subject_added": _("content put on a hash bank"),
    "moderation.bank_entry.added": _("hash added to a bank"),
    "moderation.bank_entry.removed": _("hash removed from its bank"),
    "moderation.consent.expired": _("consent expired"),
    "moderation.consent.given": _("consent given"),
    "moderation.consent.replaced": _("consent replaced"),
    "moderation.consent.withdrawn": _("consent withdrawn"),
    "moderation.data.handed_out": _("copy of an account's data handed out"),
    "moderation.decision.note_erased": _("note of a decision erased"),
    "moderation.decision.recorded": _("decision recorded"),
    "moderation.erasure.finished": _("erasure finished"),
    "moderation.erasure.requested": _("erasure requested"),
    "moderation.erasure.started": _("erasure begun"),
    "moderation.evidence.recorded": _("row recorded as it stands"),
    "moderation.evidence.recording_begun": _("rows of further tables recorded"),
    "moderation.frame.erased": _("kept frame of a video erased"),
    "moderation.frames.recording_begun": _("erased frames recorded"),
    "moderation.gold.added": _("gold item added"),
    "moderation.gold.retired": _("gold item retired"),
    "moderation.measure.imposed": _("account limited or suspended"),
    "moderation.measure.lifted": _("account measure lifted"),
    "moderation.note.erased": _("note erased"),
    "moderation.policy.canaried": _("policy made canary"),
    "moderation.policy.drafted": _("policy drafted"),
    "moderation.policy.edited": _("policy draft edited"),
    "moderation.policy.published": _("policy made live"),
    "moderation.policy.retired": _("policy retired"),
    "moderation.policy.shadowed": _("policy run in shadow"),
    "moderation.policy.withdrawn": _("policy withdrawn"),
    "moderation.queue.installed": _("general queue installed"),
    "moderation.queue.removed": _("review queue removed"),
    "moderation.queue.routed_again": _("items of a queue routed again"),
    "moderation.queue.saved": _("review queue changed"),
    "moderation.rescan.applied": _("changes of a rescan applied"),
    "moderation.rescan.discarded": _("rescan discarded"),
    "moderation.rescan.started": _("rescan started"),
    "moderation.review.claims_expired": _("claims that ran out given back"),
    "moderation.review.escalated": _("item escalated"),
    "moderation.review.routed": _("item put into another queue"),
    "moderation.review.sent_back": _("answer could not take effect"),
    "moderation.service_target.installed": _("service target installed"),
    "moderation.service_target.set": _("service target changed"),
    "moderation.settings.installed": _("moderation settings installed"),
    "moderation.settings.changed": _("moderation settings changed"),
    "moderation.review.answered": _("answer of a reviewer took effect"),
    "moderation.statement.issued": _("statement of reasons issued"),
    "moderation.strike.issued": _("strike issued"),
    "moderation.strike.lifted": _("strike lifted"),
    "moderation.list.recorded": _("contents of a list recorded"),
    "moderation.lists.recording_begun": _("contents of all lists recorded"),
    "moderation.term.added": _("term added"),
    "moderation.term.changed": _("term changed"),
    "moderation.term.removed": _("term removed"),
    "moderation.term_list.changed": _("term list changed"),
    "moderation.term_list.created": _("term list created"),
    "moderation.term_list.disabled": _("term list switched off"),
    "moderation.term_list.enabled": _("term list switched on"),
    "moderation.terms.imported": _("terms imported"),
    "moderation.terms.starter_installed": _("starter lists installed"),
    "moderation.text.erased": _("text erased"),
}


def actions_register(names: Mapping[str, Any]) -> None:
    """Names of the actions of another app; called once in its AppConfig.ready."""
    ACTIONS.update(names)


def action_text(action: str) -> str:
    """What an audit entry tells, in the reader's language; an action without text stands for itself."""
    return str(ACTIONS.get(action, action))


def label_text(label: str) -> str:
    """The label of a finding in the reader's language; one that has no text stands for itself."""
    return str(LABELS.get(label, label))


def reasons_text(codes: Collection[str]) -> str:
    """All reasons as sentences in the reader's language; a dash for none."""
    language = get_language() or "en"
    space = "" if language.startswith("zh") else " "
    return space.join(reason_text(code, language) for code in codes) or "–"


def subject_type_text(key: str) -> str:
    """The name of a kind of content in the reader's language; an unregistered one stands for itself."""
    return {kind.key: str(kind.label) for kind in subject_types()}.get(key, key)
