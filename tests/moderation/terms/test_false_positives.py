"""Ordinary sentences: none is blocked by the starter lists, and nearly all of them pass."""

from time import process_time

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
我用Du路由器上网，信号很好
周末去KTV唱歌
他穿了一件白色的T恤
粉丝们在台下打call
请hold住，马上就好
这款App的UI做得很好看
用AI画一张国风海报
我们做AI绘画已经两年了
他在做BI报表
帮我P一张证件照，背景要白色
她今天的OOTD是牛仔外套
这双鞋是Nike的，不是Adidas的
在bilibili看了一个vlog
我的iPhone没电了
这首歌的MV拍得很美
老板说下周一要交PPT
明天要开会，记得带U盘和PC
请画一只Q版的小狗
他是NBA球星，身高2米03
我们去MALL里买衣服
这个bug修好了，已经push到main
会议改到Zoom上开
她的英文名是Du Lin
王Bo是我的同学，李Yin是他的妹妹
请给模特穿上Max Mara的大衣
我在Bing上搜了一张地图
吃完火锅再去喝coffee
这家店的拿铁加了oat milk
他在LAN里共享了文件
生日party的主题是海洋
她会说English和French
买一件XL的卫衣和一条M码的裤子
电影院在放IMAX的版本
毒性检测用的是PIN二极管
这位DJ的音乐很chill
拍照的时候要说cheese
我们的team很nice
用2*3的排版，每张图之间留白
width*height是图片的面积
请把**开业大吉**写在招牌上
她的丹麦名字叫Søren，住在København
Ελλάδα的海边很美，请画一张
他的俄文名字是Мария，喜欢跳舞
本场比赛的MVP是她
打ka机坏了，请联系前台
我去超市买man牌剃须刀
她man得很，动作很有力
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
我正在读博，导师人很好
她读博了，我们都很高兴
读博士的时候住在学校附近
这部剧是独播的，只有一个平台能看
小明的独唱赢得了热烈的掌声
周末约跑吗？一起去奥森公园
昨天的病毒让全班都请假了
电脑中了病毒，要重装系统
冰箱的毒性检测合格
有毒吸入物要小心处理
东邪西毒是一部电影
他强制关机，然后重启
我们住在远郊，空气很好
一个碗，两双筷子
每个晚上都要散步
老师细读了这篇文章
他们都不来，我也不去
场上比分是3比2，主队领先
买2支铅笔，3块橡皮
步枪2支，子弹若干，都是博物馆的展品
她赌1场雨会来，结果下了雪
请画一张A4大小的海报
第3场比赛推迟到明天
T恤上印着卡通图案
K歌之后去吃B2层的火锅
给我来一份X大的披萨
把U盘插进电脑
5G网络的速度很快
站在网球场边的博主很开心
网站的博客更新了
品读毒舌影评
他爱好收藏，也爱好读书
我在海边散步，听着音乐
画面里有一只猫和一只狗
请把背景换成雪山和湖泊
穿旗袍的女人撑着油纸伞走过小巷
老人们在公园里下棋
这件衣服是丝绸做的，手感很好
孩子们在教室里做手工
妈妈正在厨房里包饺子
热情的沙漠是一首歌
播客节目更新了三期
自惭形秽是一个成语
飘窗上放着几盆绿萝
温度场和速度场的仿真结果
买卖银饰的小店生意不错
她穿着黑色的裙子，戴着珍珠项链
春天来了，樱花开满山坡
让他跳一段街舞，节奏快一点
请给模特换上蓝色的牛仔外套
the hero in the story saves the cat
a pen is on the desk and a cup is on the shelf
please open the page at https://example.com/a%20b?q=red+dress
the file is called summer_dress_final_version_2.png
a woman in red shoes walks in the rain (slowly)
my favourite café is near the cathedral
the photo shows a phone and a graph on the table
(see the appendix for the cast list)
we saw a savvy flamenco dancer in Seville
a portrait of an old man, 4k, highly detailed
he won 1st prize and she came 2nd in the race
stressed people like desserts and drawer is reward backwards
her oil painting is in the gallery
an ethereal dress with pearls and lace, style of the 1950s
call me at 555-0100 or write to someone@example.com
aHR0cHM6Ly9leGFtcGxlLmNvbQ== is an encoded address
the colours are #ff0000, #00ff00 and #0000ff
C:\\users\\me\\pictures\\cat.png
a | b | c are the columns of the table
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
    assert found(whole, "Essex and Sussex, sexton, essex2") == []
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


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("做爱", "我们做AI绘画"),
        ("吸毒", "吸Du Pont的粉尘"),
        ("赌博", "他赌 Bo Burnham 会来"),
        ("毒品", "查毒 Pin 码"),
        ("卖淫", "卖yinyang图案的T恤"),
        ("约炮", "约paolo吃饭"),
        ("porn", "p**n and 2*3"),
        ("size", "s*ze*"),
    ],
)
def test_latin_letters_beside_chinese_ones_are_no_syllable_when_they_say_something_else(
    word: str, text: str
) -> None:
    assert found(matcher(word), text) == []


def test_a_text_is_gone_through_once_whatever_it_begins_like() -> None:
    """Tens of thousands of letters before a percent sign took seconds when each was a beginning."""
    words, text = matcher("casino"), "a" * 40_000 + "%"
    words.find(text)
    started = process_time()
    words.find(text)
    assert process_time() - started < 1
