"""All models of the moderation app."""

from moderation.models.answer import GoldItem, ReviewAnswer
from moderation.models.appeal import Appeal
from moderation.models.audit import AuditEntry, AuditHead
from moderation.models.bank import BankEntry, BankKind, HashAlgorithm, HashBank
from moderation.models.consent import ConsentChannel, ConsentRecord, Relation
from moderation.models.decision import Decision
from moderation.models.erasure import ErasureRequest, ErasureScope
from moderation.models.exposure import BreakOutcome, ExposureBreak, ExposureEvent
from moderation.models.kept_frame import KeptFrame
from moderation.models.people import AccountMeasure, LiftCause, MeasureKind, MeasureLift, Strike, StrikeLift
from moderation.models.policy import Policy, PolicyRule
from moderation.models.queue import DEFAULT_QUEUE, ReviewQueue, ServiceTarget
from moderation.models.rescan import Rescan, RescanChange
from moderation.models.review import ReviewItem, ReviewPurpose
from moderation.models.scan import Finding, ScanMedium, ScanPurpose, ScanRun
from moderation.models.sealing import DataKey, SealedText
from moderation.models.settings import ListRevision, ModerationSettings
from moderation.models.shadow import ShadowVerdict
from moderation.models.simulation import PolicySimulation, SimulationChange
from moderation.models.statement import StatementKind, StatementOfReasons
from moderation.models.terms import ListKindChoice, Term, TermLanguage, TermList, ViewChoice
from moderation.models.text import TextSubmission

__all__ = [
    "DEFAULT_QUEUE",
    "AccountMeasure",
    "Appeal",
    "AuditEntry",
    "AuditHead",
    "BankEntry",
    "BankKind",
    "BreakOutcome",
    "ConsentChannel",
    "ConsentRecord",
    "DataKey",
    "Decision",
    "ErasureRequest",
    "ErasureScope",
    "ExposureBreak",
    "ExposureEvent",
    "Finding",
    "GoldItem",
    "HashAlgorithm",
    "HashBank",
    "KeptFrame",
    "LiftCause",
    "ListKindChoice",
    "ListRevision",
    "MeasureKind",
    "MeasureLift",
    "ModerationSettings",
    "Policy",
    "PolicyRule",
    "PolicySimulation",
    "Relation",
    "Rescan",
    "RescanChange",
    "ReviewAnswer",
    "ReviewItem",
    "ReviewPurpose",
    "ReviewQueue",
    "ScanMedium",
    "ScanPurpose",
    "ScanRun",
    "SealedText",
    "ServiceTarget",
    "ShadowVerdict",
    "SimulationChange",
    "StatementKind",
    "StatementOfReasons",
    "Strike",
    "StrikeLift",
    "Term",
    "TermLanguage",
    "TermList",
    "TextSubmission",
    "ViewChoice",
]
