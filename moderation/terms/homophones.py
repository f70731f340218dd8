"""Words of two syllables, written with other characters of the same sound or half in pinyin. Pure Python.

Two syllables have many innocent homophones, so one is heard only where it stands as a word of its own: alone,
or in a sentence between particles, with one of the characters kept; and never where it is an ordinary word.
Half in pinyin, one character is kept, and the Latin letters beside it are the other's syllable and no more.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from moderation.terms.common_words import COMMON_WORDS
from moderation.terms.entries import TermEntry
from moderation.terms.folding import NFKC, SIMPLIFIED, SOUND, is_han

# Ordinary words with the sound of words that lists often hold, which pypinyin's phrases leave out.
_TABLE = """
独唱 独播 毒唱 都唱 堵场 度场 度长 肚肠 读长 约跑 西毒 细读 习读 病毒 兵毒 远郊 远交 院校 强制 强直 枪只 博采
播采 读品 独品 自惭 字残 落料 络料 裸疗 飘场 热情 涩青 麦银 卖音 卖银 银汇 因会 音会 隔碗 各玩 个碗 个晚 哥玩
番读 范读 泛读 翻读 反读 刻毒 色青 舌青 社情 约抛 曰抛 预订 于丁 拨款 播客 渡口 独步 都不 读本 读报 度步
"""
_ORDINARY = frozenset(_TABLE.split())
_ALONE_ONLY = frozenset(["读博"])  # to study for a doctorate; a word of its own in most sentences
_PARTICLES = "吧吗呢啊呀哦了的来去玩搞想爱被把"
_HAN = "\u4e00-\u9fff\u3400-\u4dbf"
_BREAK = re.compile(f"[^{_HAN}]|[{_PARTICLES}]")  # one character each
_LATIN = "A-Za-z\u00c0-\u024f"
_SYLLABLE = re.compile(f"[{_LATIN}]{{1,6}}")
_GAP = "[ ._*·-]"
_KEPT_FIRST = re.compile(f"([{_HAN}]){_GAP}?([{_LATIN}]{{1,6}})(?! ?[{_LATIN}0-9])")
_KEPT_LAST = re.compile(f"(?<![{_LATIN}0-9])(?<![{_LATIN}0-9] )([{_LATIN}]{{1,6}}){_GAP}?([{_HAN}])")
# Abbreviations that are also syllables.
_CAPITALS = """
AI AN BI CAI DAN FA GE HE LA LAN LI MA MAN MI PA PAN PI SE SHE SU TA TE TI WA WAN YA
"""
_ABBREVIATIONS = frozenset(_CAPITALS.split())


class Homophones:
    """Words of two Chinese characters by their sound."""

    def __init__(self, entries: Iterable[TermEntry]) -> None:
        self._by_sound: dict[str, list[TermEntry]] = {}
        self._half_heard: dict[tuple[str, str], list[TermEntry]] = {}
        for entry in entries:
            self._by_sound.setdefault(_sound(entry.text), []).append(entry)
            first, last = map(SIMPLIFIED.__getitem__, entry.text)
            for key in ((first, SOUND[last]), (SOUND[first], last)):
                self._half_heard.setdefault(key, []).append(entry)

    def find(self, text: str) -> Iterator[tuple[TermEntry, int, int]]:
        """Words with their offsets into `text`; not those that stand there as they are listed."""
        if not self._by_sound:
            return
        position = 0
        for piece in _BREAK.split(text):
            if len(piece) == 2:
                yield from self._heard(text, position)
            position += len(piece) + 1

    def find_half(self, text: str) -> Iterator[tuple[TermEntry, int, int]]:
        """Words of which one character is kept and the other stands there in pinyin, with their offsets."""
        if not self._half_heard or not _SYLLABLE.search(text):
            return
        for pattern, kept in ((_KEPT_FIRST, 1), (_KEPT_LAST, 2)):
            for match in pattern.finditer(text):
                pair = [
                    SIMPLIFIED[part] if number == kept else _letters(part)
                    for number, part in enumerate(match.groups(), 1)
                ]
                known = self._half_heard.get((pair[0], pair[1]), [])
                if known and not _is_a_word(
                    match.group(3 - kept), is_apart=len("".join(pair)) < len(match.group())
                ):
                    yield from ((entry, *match.span()) for entry in known)

    def _heard(self, text: str, start: int) -> Iterator[tuple[TermEntry, int, int]]:
        written = text[start : start + 2]
        known = self._by_sound.get(_sound(written))
        if known is None:
            return
        simple = "".join(map(SIMPLIFIED.__getitem__, written))
        is_alone = not any(map(is_han, text[max(0, start - 1) : start] + text[start + 2 : start + 3]))
        if simple in _ORDINARY or simple in _phrases() or (not is_alone and simple in _ALONE_ONLY):
            return
        for entry in known:
            listed = "".join(map(SIMPLIFIED.__getitem__, entry.text))
            if listed != simple and (is_alone or any(map(str.__eq__, listed, simple))):
                yield entry, start, start + 2


def is_two_syllables(entry: TermEntry) -> bool:
    """True for words of two Chinese characters that are found in every reading that suits them."""
    text = entry.text
    return (
        entry.views is None
        and len(text) == 2
        and all(map(is_han, text))
        and all(map(SOUND.__getitem__, text))
    )


def _letters(written: str) -> str:
    """A syllable in lower case without its tone."""
    return "".join(map(NFKC.__getitem__, written))


def _is_a_word(written: str, *, is_apart: bool) -> bool:
    """Whether Latin letters are read as English or as an abbreviation rather than as a syllable."""
    if written in _ABBREVIATIONS:
        return True
    return written.casefold() in COMMON_WORDS and (is_apart or not written.islower())


def _sound(text: str) -> str:
    return " ".join(map(SOUND.__getitem__, text))


@cache
def _phrases() -> frozenset[str]:
    """Words of two characters that pypinyin knows a reading of, and so does a reader."""
    from pypinyin.phrases_dict import phrases_dict

    return frozenset(phrase for phrase in phrases_dict if len(phrase) == 2)
