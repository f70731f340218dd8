"""Ordinary sentences: none is blocked by the starter lists, and nearly all of them pass."""

import pytest

from moderation.terms.entries import ListKind, TermEntry
from moderation.terms.matcher import TermMatcher
from moderation.terms.starter import STARTER_LISTS
from tests.moderation.terms.words import entry, found, matcher

STARTER = TermMatcher(
    TermEntry(word, one.name, word, one.category, one.severity, one.language, one.kind, one.language == "en")
    for one in STARTER_LISTS
    for word in one.words
)
HARMLESS = """
一只红熊猫在竹林里跳舞
请让她站在海边，穿一条白色的连衣裙
我想读博，研究人工智能的伦理问题
他赌气走了，博物馆也没去
祝你生日快乐，天天开心
新年快乐，恭喜发财，红包拿来
把文字“开业大吉”写在招牌上
这家网站的设计很好看，颜色也舒服
小女孩在草地上放风筝
我们班的同学一起拍毕业照
周末去爬山，看日出
老师说：“好好学习，天天向上。”
他一个人在房间里听音乐
秋天的枫叶红得像火
妈妈做的红烧肉真香
请画一个穿汉服的姑娘，手里拿着油纸伞
大麻花是天津的特产
这个吸铁石真有劲
冰箱里有一瓶毒蘑菇的照片
缉毒警察的故事感动了很多人
社区开展禁毒宣传，请大家远离毒品的危害
足球比赛二比一，主队赢了
然后我们就回家了
上海海洋大学的校园很美
她是一名外科医生，工作很忙
今天的股票跌了，别难过
重庆的火锅又麻又辣
约会的时候要准时
别忘了带伞，外面下雨
双十一优惠，全场五折
a red panda dances in a bamboo forest
a woman in a white dress by the sea
I grew up in Essex and moved to Scunthorpe
the pen is on the table
an analyst from Sussex wrote the assessment
please class the assignments by date
the therapist listened to the music
my dog is a cocker spaniel
she got an A grade in mathematics
100 people came to the party on the 5th floor
the grass is greener in Middlesex
he shot a beautiful film about weeds and flowers
write HAPPY BIRTHDAY on the cake
dress her in a 1920s flapper costume
as soon as possible, as silly as it sounds
Bob's sister and the bobs of the boat
Casino Royale is a film of 2006
please kill the background process
the title reads "Arsenal wins 3-0"
I'll be there at 10 or 11, room 101
drum and bass night at the old mill
a cooking class for beginners: how to make a cake
""".strip().splitlines()


def test_no_harmless_sentence_may_be_blocked() -> None:
    assert [
        (text, hit) for text in HARMLESS for hit in STARTER.find(text) if hit.may_block and hit.severity > 4
    ] == []


def test_nearly_all_harmless_sentences_pass() -> None:
    noticed = {text: found(STARTER, text) for text in HARMLESS if STARTER.find(text)}
    assert noticed.keys() == {
        "社区开展禁毒宣传，请大家远离毒品的危害"
    }  # it says what it says: a person looks


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("penis", "the pen is blue"),
        ("boobs", "two bobs"),
        ("casino", "Monte Cassino"),
        ("赌博", "他爱赌。博物馆很大"),
        ("赌博", "他打赌，博士输了"),
        ("sos", "505"),
        ("loo", "100"),
        ("anal", "an alley"),
        ("tits", "it is so"),
        ("西安人", "先人的故事"),  # xi an ren, xian ren
        ("海洛因", "海洛，因为"),
        ("hell", "he'll be there"),
    ],
)
def test_readings_do_not_find_what_nobody_reads(word: str, text: str) -> None:
    assert found(matcher(word), text) == []


def test_a_whole_word_is_not_found_inside_of_another() -> None:
    whole = TermMatcher([entry("sex", is_whole_word=True)])
    assert found(whole, "Essex and Sussex, sexton, sex2") == []
    assert [place for _word, _view, place in found(whole, "性sex爱, (sex) SEX!")] == ["sex", "sex", "SEX"]


def test_an_allowed_word_takes_away_what_stands_inside_of_it_and_nothing_else() -> None:
    words = TermMatcher(
        [
            entry("cunt"),
            entry("然"),
            entry("Scunthorpe", kind=ListKind.ALLOW),
            entry("然后", kind=ListKind.ALLOW),
        ]
    )
    assert found(words, "SCUNTHORPE, 然后") == []
    assert [place for _word, _view, place in found(words, "Scunthorpe cunt 自然")] == ["cunt", "然"]
    assert len(found(words, "Scunth0rpe")) == 1  # a disguised allowed word allows nothing
