"""What people do to hide a word, and in which reading it is found. Free readings never block."""

import pytest

from moderation.terms.entries import View
from moderation.terms.matcher import TermMatcher
from tests.moderation.terms.words import entry, found, matcher

WORDS = matcher(
    *("赌博网站", "赌博", "casino", "online casino", "海洛因", "约炮", "六合彩", "boobs", "sex", "fentanyl"),
    *("吸毒", "卖淫", "赌场", "色情", "口交", "毒品", "做爱", "porn", "博彩平台"),
)

# (the trick, the text, the word, its reading, what of the text is marked)
TRICKS = [
    ("as it stands", "来赌博网站吧", "赌博网站", View.RAW, "赌博网站"),
    ("as it stands, Latin", "the casino is open", "casino", View.RAW, "casino"),
    ("capitals", "CaSiNo", "casino", View.NFKC, "CaSiNo"),
    ("full width", "ｃａｓｉｎｏ", "casino", View.NFKC, "ｃａｓｉｎｏ"),
    ("mathematical bold", "𝐜𝐚𝐬𝐢𝐧𝐨", "casino", View.NFKC, "𝐜𝐚𝐬𝐢𝐧𝐨"),
    ("circled letters", "ⓒⓐⓢⓘⓝⓞ", "casino", View.NFKC, "ⓒⓐⓢⓘⓝⓞ"),
    ("compatibility characters", "看⾊情片", "色情", View.NFKC, "⾊情"),
    ("zero width", "赌\u200b博\u200d网\ufeff站", "赌博网站", View.NFKC, "赌\u200b博\u200d网\ufeff站"),
    ("variation selectors", "赌\ufe0f博\U000e0100网站", "赌博网站", View.NFKC, "赌\ufe0f博\U000e0100网站"),
    ("soft hyphens", "ca\u00adsi\u00adno", "casino", View.NFKC, "ca\u00adsi\u00adno"),
    ("combining marks", "c\u0336a\u0336s\u0336i\u0336n\u0336o", "casino", View.NFKC, None),
    ("accents", "çàsïñö", "casino", View.NFKC, "çàsïñö"),
    ("tags", "cas\U000e0041ino", "casino", View.NFKC, "cas\U000e0041ino"),
    ("traditional", "賭博網站", "赌博网站", View.SIMPLIFIED, "賭博網站"),
    ("traditional, also written so in Japan", "博彩平臺", "博彩平台", View.SIMPLIFIED, "博彩平臺"),
    ("traditional and zero width", "賭\u200b博網站", "赌博网站", View.SIMPLIFIED, "賭\u200b博網站"),
    ("Cyrillic look-alikes", "саsіnо", "casino", View.CONFUSABLES, "саsіnо"),
    ("Greek look-alikes", "cαsιnο", "casino", View.CONFUSABLES, "cαsιnο"),
    ("leet", "c4s1n0", "casino", View.CONFUSABLES, "c4s1n0"),
    ("leet with signs", "c@$!no", "casino", View.CONFUSABLES, "c@$!no"),
    ("one for l and bar for i", "cas|no", "casino", View.CONFUSABLES, "cas|no"),
    ("three letters, one leet", "s3x now", "sex", View.CONFUSABLES, "s3x"),
    ("boxed letters", "🅲🅰🆂🅸🅽🅾", "casino", View.CONFUSABLES, "🅲🅰🆂🅸🅽🅾"),
    ("flags", "🇨🇦🇸🇮🇳🇴", "casino", View.CONFUSABLES, "🇨🇦🇸🇮🇳🇴"),
    ("keycaps", "cas1️⃣n0️⃣", "casino", View.CONFUSABLES, None),
    ("right-to-left override", "\u202eonisac\u202c", "casino", View.CONFUSABLES, "onisac"),
    ("right-to-left override, Chinese", "看\u202e站网博赌", "赌博网站", View.CONFUSABLES, "站网博赌"),
    ("HTML entities", "&#36172;博&#x7f51;站", "赌博网站", View.CONFUSABLES, "&#36172;博&#x7f51;站"),
    ("named entities", "c&aacute;sino", "casino", View.CONFUSABLES, "c&aacute;sino"),
    ("katakana for characters", "给他ロ交", "口交", View.CONFUSABLES, "ロ交"),
    ("spaces between", "赌 博 网 站", "赌博网站", View.SQUASHED, "赌 博 网 站"),
    ("dots between", "c.a.s.i.n.o", "casino", View.SQUASHED, "c.a.s.i.n.o"),
    ("hyphens between", "cas-ino", "casino", View.SQUASHED, "cas-ino"),
    ("emoji between", "赌😀博🎰网👍🏽站", "赌博网站", View.SQUASHED, "赌😀博🎰网👍🏽站"),
    ("newlines between", "赌\n博\n网\n站", "赌博网站", View.SQUASHED, "赌\n博\n网\n站"),
    ("one above the other", "今\n约\n炮\n吧", "约炮", View.SQUASHED, "约\n炮"),
    ("punctuation between all", "赌，博，网，站", "赌博网站", View.SQUASHED, "赌，博，网，站"),
    ("letters in pairs", "ca si no", "casino", View.SQUASHED, "ca si no"),
    ("leet and split", "c-4-s-1-n-0", "casino", View.SQUASHED, "c-4-s-1-n-0"),
    ("traditional and split", "賭.博.網.站", "赌博网站", View.SQUASHED, "賭.博.網.站"),
    ("letters repeated", "caaasinooo", "casino", View.SQUASHED, "caaasinooo"),
    ("letters repeated that are double", "boooobs", "boobs", View.SQUASHED, "boooobs"),
    ("characters repeated", "赌赌博博网站", "赌博网站", View.SQUASHED, "赌赌博博网站"),
    ("without the space", "onlinecasino", "online casino", View.SQUASHED, "onlinecasino"),
    ("characters as their halves", "贝者博网立占", "赌博网站", View.SQUASHED, "贝者博网立占"),
    ("halves, traditional", "貝者博网站", "赌博网站", View.SQUASHED, "貝者博网站"),
    ("halves of one character", "约火包吗", "约炮", View.SQUASHED, "约火包"),
    ("homophones", "堵博网占", "赌博网站", View.PINYIN, "堵博网占"),
    ("homophones, one of them", "海洛茵", "海洛因", View.PINYIN, "海洛茵"),
    ("homophones and spaces", "堵 博 网 占", "赌博网站", View.PINYIN, "堵 博 网 占"),
    ("Latin pinyin", "dubo wangzhan", "赌博网站", View.PINYIN, "dubo wangzhan"),
    ("Latin pinyin with tones", "dǔbó wǎngzhàn", "赌博网站", View.PINYIN, "dǔbó wǎngzhàn"),
    ("Latin pinyin in one", "DuBoWangZhan", "赌博网站", View.PINYIN, "DuBoWangZhan"),
    ("mixed scripts", "du博wang站", "赌博网站", View.PINYIN, "du博wang站"),
    ("digit for a numeral", "6合彩", "六合彩", View.PINYIN, "6合彩"),
    ("cut in two", "cas ino", "casino", View.SQUASHED, "cas ino"),
    ("cut in two, in a sentence", "the best cas ino here", "casino", View.SQUASHED, None),
    ("hyphens between all", "c-a-s-i-n-o", "casino", View.SQUASHED, "c-a-s-i-n-o"),
    ("a letter between", "赌x博网站", "赌博网站", View.SQUASHED, "赌x博网站"),
    ("letters between all", "赌x博y网z站", "赌博网站", View.SQUASHED, "赌x博y网z站"),
    ("a digit between", "赌1博", "赌博", View.SQUASHED, "赌1博"),
    ("digits between, traditional", "賭1博2網3站", "赌博网站", View.SQUASHED, "賭1博2網3站"),
    ("homophone of two syllables, alone", "读博", "赌博", View.PINYIN, "读博"),
    ("homophone of two syllables in quotes", "来“读博”", "赌博", View.PINYIN, "读博"),
    ("homophone of two syllables, one kept", "来堵博吧", "赌博", View.PINYIN, "堵博"),
    ("backwards", "onisac", "casino", View.SQUASHED, "onisac"),
    ("backwards in a sentence", "the ONISAC is open", "casino", View.SQUASHED, "ONISAC"),
    ("backwards with a space", "onisac enilno", "online casino", View.SQUASHED, "onisac enilno"),
    ("backwards, Chinese", "看站网博赌吧", "赌博网站", View.SQUASHED, "站网博赌"),
    ("backwards with leet", "0n1s4c", "casino", View.SQUASHED, "0n1s4c"),
    ("percent encoding", "来%E8%B5%8C%E5%8D%9A吧", "赌博", View.CONFUSABLES, "%E8%B5%8C%E5%8D%9A"),
    ("percent encoding in GB 18030", "%B6%C4%B2%A9", "赌博", View.CONFUSABLES, "%B6%C4%B2%A9"),
    ("percent encoding of some letters", "c%61s%69no", "casino", View.CONFUSABLES, "c%61s%69no"),
    ("percent encoding twice", "%25E8%25B5%258C%25E5%258D%259A", "赌博", View.CONFUSABLES, None),
    ("escapes", "\\u8d4c\\u535a", "赌博", View.CONFUSABLES, "\\u8d4c\\u535a"),
    ("Base64", "6LWM5Y2a572R56uZ", "赌博网站", View.CONFUSABLES, "6LWM5Y2a572R56uZ"),
    ("Base64, Latin", "see b25saW5lIGNhc2lubw== now", "online casino", View.CONFUSABLES, None),
    ("Base64 of addresses, unpadded", "Y2FzaW5v", "casino", View.CONFUSABLES, "Y2FzaW5v"),
    ("letters drawn with signs", "c@si|\\|o", "casino", View.CONFUSABLES, "c@si|\\|o"),
    ("a bracket for c", "(4$1n0", "casino", View.CONFUSABLES, "(4$1n0"),
    ("letters in brackets", "⒞⒜⒮⒤⒩⒪", "casino", View.CONFUSABLES, "⒞⒜⒮⒤⒩⒪"),
    ("capitals in brackets", "🄒🄐🄢🄘🄝🄞", "casino", View.CONFUSABLES, "🄒🄐🄢🄘🄝🄞"),
    ("small capitals", "ᴄᴀꜱɪɴᴏ", "casino", View.CONFUSABLES, "ᴄᴀꜱɪɴᴏ"),
    ("Greek, further look-alikes", "cαsιησ", "casino", View.CONFUSABLES, "cαsιησ"),
    ("Cyrillic, further look-alikes", "ροгп", "porn", View.CONFUSABLES, "ροгп"),
    ("a ring and a stroke", "cåsinø", "casino", View.CONFUSABLES, "cåsinø"),
    ("a stroke", "pørn", "porn", View.CONFUSABLES, "pørn"),
    ("an asterisk for a vowel", "watch p*rn here", "porn", View.CONFUSABLES, "p*rn"),
    ("an asterisk for a vowel, long", "c*sino", "casino", View.CONFUSABLES, "c*sino"),
    ("an asterisk for a vowel, short", "s*x", "sex", View.CONFUSABLES, "s*x"),
    ("half in pinyin, the last", "一起吸du吗", "吸毒", View.PINYIN, "吸du"),
    ("half in pinyin, in capitals", "吸DU", "吸毒", View.PINYIN, "吸DU"),
    ("half in pinyin, with its tone", "吸dú", "吸毒", View.PINYIN, "吸dú"),
    ("half in pinyin, selling", "卖yin", "卖淫", View.PINYIN, "卖yin"),
    ("half in pinyin, with a particle", "约pao吗", "约炮", View.PINYIN, "约pao"),
    ("half in pinyin, the first", "du博", "赌博", View.PINYIN, "du博"),
    ("half in pinyin, a longer syllable", "赌chang", "赌场", View.PINYIN, "赌chang"),
    ("half in pinyin and apart", "来赌 bo", "赌博", View.PINYIN, "赌 bo"),
    ("half in pinyin, traditional", "賭bo", "赌博", View.PINYIN, "賭bo"),
    ("half in pinyin that is an English word", "毒pin", "毒品", View.PINYIN, "毒pin"),
    ("half in pinyin that is an abbreviation", "做ai", "做爱", View.PINYIN, "做ai"),
    ("ph for f", "ph3nt4nyl", "fentanyl", View.CONFUSABLES, "ph3nt4nyl"),
    ("lunate sigmas for c", "the ϲasino", "casino", View.CONFUSABLES, "ϲasino"),
    (
        "one word of several spelled out",
        "online c a s i n o",
        "online casino",
        View.SQUASHED,
        "online c a s i n o",
    ),
    ("apostrophes between syllables", "du'bo'wang'zhan", "赌博网站", View.PINYIN, "du'bo'wang'zhan"),
    ("three letters between", "赌abc博网站", "赌博网站", View.SQUASHED, "赌abc博网站"),
    ("markup inside", "<b>ca</b>sino", "casino", View.SQUASHED, "ca</b>sino"),
]
BLOCKING = {View.RAW, View.NFKC}


@pytest.mark.parametrize(
    ("text", "word", "view", "marked"), [row[1:] for row in TRICKS], ids=[row[0] for row in TRICKS]
)
def test_the_trick_is_seen_through(text: str, word: str, view: View, marked: str | None) -> None:
    hits = [hit for hit in WORDS.find(text) if hit.term_id == word]
    assert [hit.view for hit in hits] == [view]
    assert marked is None or text[hits[0].start : hits[0].end] == marked
    assert hits[0].may_block is (view in BLOCKING)


GLUED = [
    ("online casino888", "online casino"),
    ("casino888.com", "casino"),
    ("888casino", "casino"),
    ("porn1 videos", "porn"),
    ("buy cocaine4u", "cocaine"),
    ("ｃasino７", "casino"),
]


@pytest.mark.parametrize(("text", "word"), GLUED, ids=[row[0] for row in GLUED])
def test_a_digit_hides_no_whole_word_but_a_person_decides(text: str, word: str) -> None:
    whole = TermMatcher(
        [entry(one, is_whole_word=True) for one in ("casino", "online casino", "porn", "cocaine")]
    )
    hits = {hit.term_id: hit for hit in whole.find(text)}
    assert hits[word].view is View.CONFUSABLES
    assert not hits[word].may_block


@pytest.mark.parametrize("text", ["iphone4s mp3 covid19 h264", "a1b2c3", "B2B", "essex2"])
def test_numbers_at_other_words_tell_nothing(text: str) -> None:
    assert TermMatcher([entry(one, is_whole_word=True) for one in ("sex", "phone", "covi")]).find(text) == []


# Known gaps: said in docs/moderation.md. Whoever closes one moves it up.
MISSED = {
    "split into two words of every day": "cock tail",
    "homophones of two syllables inside of a sentence": "我们一起读博赢钱",  # the commonest is a doctorate
    "halves that are not in the table": "氵每氵各囗大",
    "letters between Latin letters": "cxaxsxixnxo",
    "short words backwards": "nrop",
    "synonyms": "去澳门试试手气",
    "each character in brackets": "【赌】【博】",
    "pinyin, letter by letter": "d-u-b-o-w-a-n-g-z-h-a-n",
    "Base64 of Base64": "WTJGemFXNXY=",
    "Base64 cut into pieces": "Y2Fz aW5v",
    "asterisks for several vowels": "c*s*no",
    "half in pinyin, in capitals that are an abbreviation": "做AI",
}


@pytest.mark.parametrize("text", MISSED.values(), ids=MISSED.keys())
def test_these_tricks_still_work(text: str) -> None:
    words = matcher("赌博网站", "赌博", "casino", "海洛因", "porn", "cocktail", "做爱")
    assert found(words, text) == []
