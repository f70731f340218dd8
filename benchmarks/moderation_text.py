"""How much the views of a text cost: TermMatcher.find against the bare automaton over the raw text.

60,000 made-up terms (most of two to six Chinese characters, some Latin), harmless text of 500 Chinese
characters and one of 500 that is full of disguised terms. Best of many runs, one thread; processor time
for the build. The last line is JSON.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ahocorasick_rs

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from moderation.taxonomy import Category, Severity
from moderation.terms.entries import TermEntry
from moderation.terms.matcher import TermMatcher

TERMS = 60_000
CHARACTERS = 500
COMMON = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法"
    "所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政"
    "四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最"
)


def terms(generator: random.Random) -> list[str]:
    """Terms as lists hold them: rare characters among common ones."""
    rare = [chr(code) for code in range(0x4E00, 0x9FA5)]
    made: set[str] = set()
    while len(made) < TERMS:
        length = generator.choice((2, 2, 3, 3, 4, 4, 5, 6))
        if generator.random() < 0.1:
            made.add("".join(generator.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(length + 3)))
        else:
            characters = [
                generator.choice(COMMON if generator.random() < 0.5 else rare) for _ in range(length)
            ]
            made.add("".join([generator.choice(rare), *characters[1:]]))
    return sorted(made)


def best_of(run: Callable[[], Any], seconds: float = 2.0) -> float:
    """The shortest of many runs, in milliseconds."""
    shortest, until = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < until:
        started = time.perf_counter()
        run()
        shortest = min(shortest, time.perf_counter() - started)
    return shortest * 1000


def main() -> None:
    generator = random.Random(11)
    words = terms(generator)
    entries = [
        TermEntry(str(number), "list", word, Category.REGULATED_GOODS, Severity.SERIOUS, "any")
        for number, word in enumerate(words)
    ]
    TermMatcher(entries[:100])  # reads the packages' tables, once in each process
    builds = []
    for _turn in range(3):  # the first one also works out the folds of some 20,000 rare characters
        started = time.process_time()
        matcher = TermMatcher(entries)
        builds.append((time.process_time() - started) * 1000)
    harmless = "".join(generator.choice(COMMON) for _ in range(CHARACTERS))
    hostile = "".join(f"{generator.choice(COMMON)}{' '.join(generator.choice(words))}" for _ in range(120))
    hostile = hostile[:CHARACTERS]
    bare = ahocorasick_rs.AhoCorasick(words)
    bare_ms = best_of(lambda: bare.find_matches_as_indexes(harmless, overlapping=True))
    find_ms = best_of(lambda: matcher.find(harmless))
    hostile_ms = best_of(lambda: matcher.find(hostile))
    print(f"{TERMS} terms built in {builds[0]:.0f} ms of processor time, again in {min(builds[1:]):.0f} ms")
    print(f"{CHARACTERS} characters, bare automaton: {bare_ms:.3f} ms")
    print(f"{CHARACTERS} characters, all views: {find_ms:.3f} ms, {len(matcher.find(harmless))} hits")
    print(f"{CHARACTERS} characters of split terms: {hostile_ms:.3f} ms, {len(matcher.find(hostile))} hits")
    figures = {
        "terms": TERMS,
        "first_build_ms": round(builds[0]),
        "build_ms": round(min(builds[1:])),
        "bare_ms": round(bare_ms, 4),
        "find_ms": round(find_ms, 4),
        "hostile_ms": round(hostile_ms, 4),
        "ratio": round(find_ms / bare_ms, 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
