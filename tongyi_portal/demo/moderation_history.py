"""moderation_history_make: days of scans, reviews, second opinions, gold items and appeals that look real.
moderation_history_hide: its pictures are erased again, its queue is emptied, its accounts are closed.

Everything belongs to accounts named "history-...", so that it can be told from what happened. What was
scanned and decided cannot be taken out again: evidence is never deleted. Use a database of its own for it.
"""

import random
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.utils import timezone

from generation.models import Upload
from generation.services.uploads import upload_erase, upload_wipe
from moderation.models import Appeal, Decision, Finding, GoldItem, ReviewAnswer, ReviewItem, ScanRun, Term
from moderation.models.queue import ReviewQueue
from moderation.models.review import ReviewPurpose
from moderation.models.scan import ScanMedium
from moderation.policy.evaluate import evaluate
from moderation.services.policies import policy_load
from moderation.services.reviews import reviews_drop
from moderation.services.routing import due_at_for
from moderation.states import UNDECIDED, AppealState, ReviewState
from moderation.taxonomy import Category, Severity, Surface, Verdict
from tongyi_portal.accounts.models import User
from tongyi_portal.common import roles, storage
from tongyi_portal.common.row_locks import every_lock_missing
from tongyi_portal.demo.history_pictures import history_picture
from tongyi_portal.demo.made_content import MadeContent, MadeTerm, made_day
from tongyi_portal.demo.past_rows import PastRows

PREFIX = "history-"
SUBJECT = "upload"
OWNERS = 40
SKILL = {"ming": 0.97, "hua": 0.95, "wei": 0.91, "jing": 0.96, "tao": 0.86}  # how often each is right
SENIOR = "lin"


def moderation_history_make(
    *,
    days: int,
    per_day: int,
    seed: int,
    say: Callable[[str], object],
    now: datetime | None = None,
    with_audit: bool = True,
    audit_share: float = 0.05,
    extra_findings: int = 0,
    with_pictures: bool = False,
) -> int:
    """Make `days` days up to now of about `per_day` contents each; how many there are then.

    audit_share: of the passed contents, how much is audited. with_audit False and extra_findings (findings
    without weight for each picture) make large tables fast, for measuring. with_pictures: drawn ones for what
    people were asked about, so that the desk has something to show.
    """
    missing = every_lock_missing(connection)
    if missing:
        raise RuntimeError(f"Migrate first: the evidence is not locked ({missing[0]}).")
    maker = _Maker(random.Random(seed), now or timezone.now(), audit_share, with_pictures)
    terms = maker.terms()
    today = timezone.localtime(maker.now).replace(hour=0, minute=0, second=0, microsecond=0)
    for back in range(days - 1, -1, -1):
        day = today - timedelta(days=back)
        history = PastRows()
        for content in made_day(day, per_day, maker.chance, terms, extra_findings=extra_findings):
            if content.moment < maker.now:
                maker.add(history, content)
        maker.add_golds(history, day)
        with transaction.atomic():
            history.write(with_audit=with_audit)
        for key, data in history.files:
            storage.store_bytes(storage.UPLOADS, key, data)
        say(f"{day:%Y-%m-%d}: {len(history.runs)} contents, {len(history.items)} review items")
    return ScanRun.objects.filter(owner__username__startswith=PREFIX).count()


def moderation_history_hide() -> int:
    """Erase the pictures of a made-up history, take its items out of the queue and close its accounts; how
    many pictures there were. Safe to call twice. Raises StorageUnavailable."""
    people = User.objects.filter(username__startswith=PREFIX)
    people.update(is_active=False)
    pictures = list(Upload.objects.filter(owner__in=people, deleted_at__isnull=True))
    for upload in pictures:
        upload_erase(upload=upload)
    for upload in Upload.objects.filter(owner__in=people).exclude(key=""):
        upload_wipe(upload_id=upload.pk)
    waiting = ReviewItem.objects.filter(owner__in=people, state__in=list(UNDECIDED))
    for kind, subject_id in set(waiting.values_list("subject_type", "subject_id")):
        reviews_drop(kind, subject_id)
    return len(pictures)


class _Maker:
    """Turns made content into rows; remembers people, policy, queues and gold items."""

    def __init__(self, chance: random.Random, now: datetime, audit_share: float, with_pictures: bool) -> None:
        self.chance, self.now, self.audit_share = chance, now, audit_share
        self.with_pictures, self.drawn = with_pictures, 0
        self.policy, self.rules = policy_load()
        self.owners = [_account(f"{PREFIX}{number:02d}") for number in range(OWNERS)]
        self.people = {name: _account(f"{PREFIX}{name}", roles.MODERATOR) for name in SKILL}
        self.senior = _account(f"{PREFIX}{SENIOR}", roles.SENIOR_MODERATOR)
        self.queues = list(ReviewQueue.objects.all())
        self.due = {one: due_at_for(one, now) - now for one in Category}
        self.gold_sources: list[tuple[ReviewItem, bool]] = []

    def terms(self) -> list[MadeTerm]:
        rows = Term.objects.filter(is_enabled=True, term_list__kind="block").select_related("term_list")
        return [
            MadeTerm(
                row.pk,
                row.term_list_id,
                Category(row.term_list.category),
                Severity(row.term_list.severity),
                self.chance.choice((0.02, 0.3, 0.6, 0.9)),
            )
            for row in rows.order_by("text")[:25]
        ]

    def uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.chance.getrandbits(128), version=4)

    def add(self, history: PastRows, content: MadeContent) -> None:
        """One content with all that follows from it."""
        found = [sight.finding for sight in content.sights]
        verdict = evaluate(found, self.rules.rules, content.surface, "dance_video")
        run = ScanRun(
            id=self.uuid(),
            created_at=content.moment,
            subject_type=SUBJECT,
            subject_id=self.uuid(),
            surface=content.surface,
            job_kind="dance_video",
            medium=ScanMedium.TEXT if content.surface == Surface.PROMPT else ScanMedium.IMAGE,
            owner=self.chance.choice(self.owners),
            content_sha256=f"{self.chance.getrandbits(256):064x}",
            policy=self.policy,
            verdict=verdict.verdict,
            reason_codes=list(verdict.reasons),
            milliseconds=round(self.chance.gauss(95, 20), 1),
        )
        history.runs.append(run)
        history.findings += [self._finding(run, sight.scanner, sight.finding) for sight in content.sights]
        if verdict.verdict == Verdict.REVIEW:
            self._review(history, run, content, ReviewPurpose.ORDINARY)
            return
        own = self._decision(run, verdict.verdict, list(verdict.reasons), content.moment)
        history.decisions.append(own)
        if verdict.verdict == Verdict.BLOCK and self.chance.random() < 0.12:
            self._appeal(history, own, is_right=not content.violates)
        if verdict.verdict == Verdict.PASS and self.chance.random() < self.audit_share:
            self._review(history, run, content, ReviewPurpose.AUDIT)

    def add_golds(self, history: PastRows, day: datetime) -> None:
        """Each reviewer meets a few items with a known answer."""
        for item in [item for item in history.items if item.state in ("approved", "refused")][:1]:
            gold = GoldItem(
                id=self.uuid(),
                created_at=day,
                updated_at=day,
                source=item,
                scan_run=item.scan_run,
                expected_approve=item.state == ReviewState.APPROVED,
                expected_reason=item.answer_reason,
                note="–",
                added_by=self.senior,
            )
            history.golds.append(gold)
            for name, person in self.people.items():
                moment = day + timedelta(hours=self.chance.uniform(9, 22))
                if moment >= self.now:
                    continue
                is_right = self.chance.random() < SKILL[name]
                approve = gold.expected_approve == is_right
                copy = self._item(item.scan_run, item, ReviewPurpose.GOLD, moment, gold=gold)
                answer = self._answered(copy, person, approve, moment, None)
                answer.is_right = is_right
                history.items.append(copy)
                history.answers.append(answer)

    def _finding(self, run: ScanRun, scanner: str, found: Any) -> Finding:
        return Finding(
            created_at=run.created_at,
            scan_run=run,
            scanner=scanner,
            scanner_version="demo",
            category=found.category,
            severity=found.severity,
            confidence=found.confidence,
            label=found.label,
            box=list(found.box) if found.box else None,
            evidence=dict(found.evidence),
            may_block=found.may_block,
            milliseconds=20.0,
        )

    def _review(self, history: PastRows, run: ScanRun, content: MadeContent, purpose: str) -> None:
        gravest = max((sight.finding for sight in content.sights), key=lambda one: one.severity, default=None)
        category = gravest.category if gravest is not None else Category.TECHNICAL
        severity = gravest.severity if gravest is not None else Severity.CONTEXT
        like = ReviewItem(category=category, severity=severity, reason_codes=run.reason_codes)
        item = self._item(run, like, purpose, content.moment)
        history.items.append(item)
        if self.with_pictures and run.medium == ScanMedium.IMAGE:
            history.pictures.append((item, self._picture(content)))
        wait = timedelta(
            minutes=min(self.chance.lognormvariate(3.9, 1.1), 3000) * (6 if purpose == "audit" else 1)
        )
        is_fresh = self.now - item.created_at < timedelta(hours=40)
        if item.created_at + wait >= self.now or (is_fresh and self.chance.random() < 0.3):
            return
        name = self.chance.choice(list(self.people))
        approve = self._says(name, content.violates, doubtful=purpose == ReviewPurpose.ORDINARY)
        answer = self._answered(item, self.people[name], approve, item.created_at + wait, None)
        history.answers.append(answer)
        if purpose == ReviewPurpose.AUDIT and approve:
            return
        decision = self._decision(
            run, Verdict.PASS if approve else Verdict.BLOCK, [item.answer_reason], answer.answered_at, item
        )
        history.decisions.append(decision)
        if purpose == ReviewPurpose.ORDINARY and self.chance.random() < 0.08:
            self._second(history, item, decision, content)
        elif not approve and self.chance.random() < 0.1:
            self._appeal(history, decision, is_right=not content.violates)

    def _picture(self, content: MadeContent) -> bytes:
        self.drawn += 1
        return history_picture(self.drawn, [sight.finding for sight in content.sights])

    def _says(self, name: str, violates: bool, *, doubtful: bool = True) -> bool:
        """Whether this person approves. Nobody refuses plain pictures; what looks doubtful, now and then."""
        slips = (1 - SKILL[name]) * (1.0 if violates else 0.6 if doubtful else 0.02)
        return violates == (self.chance.random() < slips)

    def _second(self, history: PastRows, item: ReviewItem, first: Decision, content: MadeContent) -> None:
        """Another person decides without knowing; where they differ, the senior does."""
        others = [name for name, person in self.people.items() if person != item.answered_by]
        name, moment = (
            self.chance.choice(others),
            first.created_at + timedelta(hours=self.chance.uniform(0.2, 9)),
        )
        if moment >= self.now or first.by is None:
            return
        copy = self._item(item.scan_run, item, ReviewPurpose.SECOND, first.created_at, first=item)
        approve = self._says(name, content.violates)
        agrees = approve == item.answer_approve
        history.items.append(copy)
        history.answers.append(self._answered(copy, self.people[name], approve, moment, agrees))
        later = moment + timedelta(hours=self.chance.uniform(0.5, 12))
        if agrees or later >= self.now:
            return
        last = self._item(item.scan_run, item, ReviewPurpose.ADJUDICATION, moment, first=item)
        approve = not content.violates
        upheld = approve == item.answer_approve
        history.items.append(last)
        history.answers.append(self._answered(last, self.senior, approve, later, upheld))
        if not upheld:
            self._override(history, first, approve, later)

    def _appeal(self, history: PastRows, decision: Decision, *, is_right: bool) -> None:
        opened = decision.created_at + timedelta(hours=self.chance.uniform(1, 60))
        if opened >= self.now:
            return
        ended = opened + timedelta(hours=self.chance.uniform(4, 90))
        is_decided = ended < self.now
        state = (
            (AppealState.OVERTURNED if is_right else AppealState.UPHELD) if is_decided else AppealState.OPEN
        )
        outcome = self._override(history, decision, True, ended) if state == AppealState.OVERTURNED else None
        run = decision.scan_run
        history.appeals.append(
            Appeal(
                id=self.uuid(),
                created_at=opened,
                updated_at=ended if is_decided else opened,
                owner=run.owner if run is not None else self.owners[0],
                decision=decision,
                state=state,
                language="zh-hans",
                decided_by=self.senior if is_decided else None,
                decided_at=ended if is_decided else None,
                outcome=outcome,
            )
        )

    def _override(self, history: PastRows, first: Decision, approve: bool, moment: datetime) -> Decision:
        assert first.scan_run is not None, "made decisions have a run"  # noqa: S101
        verdict = Verdict.PASS if approve else Verdict.BLOCK
        reason = "approved_by_reviewer" if approve else "other"
        decision = self._decision(first.scan_run, verdict, [reason], moment, by=self.senior)
        decision.overrides, decision.review_item = first, first.review_item
        history.overrides.append(decision)
        return decision

    def _decision(
        self,
        run: ScanRun,
        verdict: str,
        reasons: list[str],
        moment: datetime,
        item: ReviewItem | None = None,
        by: Any = None,
    ) -> Decision:
        return Decision(
            id=self.uuid(),
            created_at=moment,
            subject_type=run.subject_type,
            subject_id=run.subject_id,
            scan_run=run,
            review_item=item,
            policy=run.policy,
            verdict=verdict,
            reason_codes=reasons,
            by=item.answered_by if item is not None else by,
        )

    def _item(
        self,
        run: ScanRun,
        like: ReviewItem,
        purpose: str,
        moment: datetime,
        *,
        first: ReviewItem | None = None,
        gold: GoldItem | None = None,
    ) -> ReviewItem:
        """An open item about the run; category and reasons as in `like`."""
        takes = {"category": like.category, "language": "zh", "surface": run.surface}
        queue = next(one for one in self.queues if one.is_default or one.takes(**takes))
        return ReviewItem(
            id=self.uuid(),
            created_at=moment,
            updated_at=moment,
            scan_run=run,
            subject_type=run.subject_type,
            subject_id=run.subject_id,
            surface=run.surface,
            job_kind=run.job_kind,
            owner=run.owner,
            purpose=purpose,
            queue=queue,
            category=like.category,
            severity=like.severity,
            reason_codes=like.reason_codes,
            due_at=moment + (timedelta(days=7) if purpose == "audit" else self.due[Category(like.category)]),
            first_item=first,
            gold=gold,
            for_senior=purpose == ReviewPurpose.ADJUDICATION,
        )

    def _answered(
        self, item: ReviewItem, by: User, approve: bool, moment: datetime, agrees: bool | None
    ) -> ReviewAnswer:
        """Close the item, and the answer that says so."""
        seconds = round(self.chance.lognormvariate(2.6, 0.7), 1)
        reason = "approved_by_reviewer" if approve else next(iter(item.reason_codes), "other")
        if not approve and reason in ("scanner_failed", "scanners_disagree"):
            reason = "sexual_nudity"
        item.state = ReviewState.APPROVED if approve else ReviewState.REFUSED
        item.claimed_at, item.decided_at, item.updated_at = (
            moment - timedelta(seconds=seconds),
            moment,
            moment,
        )
        item.answer_approve, item.answer_reason = approve, reason
        item.answered_at, item.answered_by, item.settle_at = moment, by, moment
        return ReviewAnswer(
            id=self.uuid(),
            created_at=moment,
            item=item,
            by=by,
            purpose=item.purpose,
            approve=approve,
            reason_code=reason,
            seconds=seconds,
            answered_at=moment,
            agrees=agrees,
        )


def _account(username: str, role: str = "") -> User:
    user, is_new = User.objects.get_or_create(username=username, defaults={"is_staff": bool(role)})
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user
