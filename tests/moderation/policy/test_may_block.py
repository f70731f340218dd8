"""A finding that may not block never does, whatever the rules say; it asks for a person instead."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.policy.defaults import DEFAULT_RULES
from moderation.policy.evaluate import evaluate
from moderation.policy.rules import ANY, Rule
from moderation.scanners.base import Finding
from moderation.scanners.text_terms import CONFIDENCE
from moderation.taxonomy import Category, Severity, Surface, Verdict
from moderation.terms.entries import BLOCKING_VIEWS, View
from tests.moderation.terms.words import matcher

BLOCK_ALL = tuple(
    Rule(category, ANY, ANY, Severity.CONTEXT, 0, Verdict.BLOCK, "other") for category in Category
)


@given(
    st.sampled_from(list(Category)),
    st.sampled_from(list(Severity)),
    st.floats(0, 100),
    st.sampled_from(list(Surface)),
)
def test_the_strictest_rules_only_review_it(
    category: Category, severity: Severity, confidence: float, surface: Surface
) -> None:
    finding = Finding(category, severity, confidence, "test", may_block=False)
    assert evaluate([finding], BLOCK_ALL, surface, "").verdict == Verdict.REVIEW
    assert evaluate([finding], DEFAULT_RULES, surface, "").verdict != Verdict.BLOCK


def test_another_finding_may_still_block_and_gives_the_reason() -> None:
    free = Finding(Category.GORE, Severity.EXTREME, 100, "free", may_block=False)
    plain = Finding(Category.HATE, Severity.EXTREME, 100, "plain")
    verdict = evaluate([free, plain], DEFAULT_RULES, Surface.PROMPT, "")
    assert (verdict.verdict, verdict.reasons) == (Verdict.BLOCK, ("hate",))
    assert [match.finding_index for match in verdict.decisive] == [1]


@pytest.mark.parametrize("view", list(View))
def test_only_plain_readings_may_block_and_freer_ones_are_less_sure(view: View) -> None:
    assert (view in BLOCKING_VIEWS) is (view in {View.RAW, View.NFKC})
    pairs = itertools.pairwise(CONFIDENCE[one] for one in View)
    assert all(plainer > freer for plainer, freer in pairs)


@pytest.mark.parametrize("text", ["賭博網站", "赌 博 网 站", "堵博网占", "c4s1n0", "\u202eonisac"])
def test_a_disguised_word_of_the_gravest_list_is_reviewed(text: str) -> None:
    hits = matcher("赌博网站", "casino").find(text)
    findings = [
        Finding(hit.category, hit.severity, CONFIDENCE[hit.view], "listed_text", may_block=hit.may_block)
        for hit in hits
    ]
    assert {finding.severity for finding in findings} == {Severity.EXTREME}
    assert evaluate(findings, DEFAULT_RULES, Surface.PROMPT, "").verdict == Verdict.REVIEW
