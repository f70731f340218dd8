"""Words of two syllables that are written with other characters of the same sound. Pure Python.

Two syllables have many innocent homophones, so one is heard only where it stands as a word of its own: alone,
or in a sentence between particles, with one of the characters kept; and never where it is an ordinary word.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from moderation.terms.entries import TermEntry
from moderation.terms.folding import SIMPLIFIED, SOUND, is_han

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


class Homophones:
    """Words of two Chinese characters by their sound."""

    def __init__(self, entries: Iterable[TermEntry]) -> None:
        self._by_sound: dict[str, list[TermEntry]] = {}
        for entry in entries:
            self._by_sound.setdefault(_sound(entry.text), []).append(entry)

    def find(self, text: str) -> Iterator[tuple[TermEntry, int, int]]:
        """Words with their offsets into `text`; not those that stand there as they are listed."""
        if not self._by_sound:
            return
        position = 0
        for piece in _BREAK.split(text):
            if len(piece) == 2:
                yield from self._heard(text, position)
            position += len(piece) + 1

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


def _sound(text: str) -> str:
    return " ".join(map(SOUND.__getitem__, text))


@cache
def _phrases() -> frozenset[str]:
    """Words of two characters that pypinyin knows a reading of, and so does a reader."""
    from pypinyin.phrases_dict import phrases_dict

    return frozenset(phrase for phrase in phrases_dict if len(phrase) == 2)
