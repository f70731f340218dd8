"""The word lists that a new installation starts with: few, plain, meant to be edited. Pure data.

Offers that no site wants are blocked (severity 6); words that also stand in news, warnings and cries for help
are reviewed (4). No names of people or parties. Written for this project.
"""

from dataclasses import dataclass

from moderation.taxonomy import Category, Severity
from moderation.terms.entries import ListKind
from tongyi_portal.common.errors import gettext_noop

_NOTE = gettext_noop("A beginning, to be edited: see which words only find harmless texts.")


@dataclass(frozen=True)
class StarterList:
    """One list as it is installed."""

    name: str
    category: Category
    severity: Severity
    language: str
    words: tuple[str, ...]
    kind: ListKind = ListKind.BLOCK
    note: str = _NOTE


def _words(text: str) -> tuple[str, ...]:
    return tuple(
        word.strip() for line in text.strip().splitlines() for word in line.split(",") if word.strip()
    )


STARTER_LISTS = (
    StarterList(
        gettext_noop("Starter: offers of gambling, drugs and weapons (Chinese)"),
        Category.REGULATED_GOODS,
        Severity.EXTREME,
        "zh",
        _words(
            """
            赌博网站,网上赌场,网络赌场,线上赌场,真人赌场,在线赌博,博彩平台,博彩网站,赌博平台,百家乐开户,六合彩投注,时时彩代理
            出售冰毒,卖冰毒,购买冰毒,出售大麻,卖大麻,出售海洛因,出售摇头丸,出售迷药,迷奸药,听话水,出售K粉
            出售枪支,买卖枪支,枪支出售,仿真枪出售,出售子弹,军火交易,炸弹制作,制作炸弹,炸药配方
            """
        ),
    ),
    StarterList(
        gettext_noop("Starter: words for gambling, drugs and weapons (Chinese)"),
        Category.REGULATED_GOODS,
        Severity.SERIOUS,
        "zh",
        _words("赌博,赌场,博彩,六合彩,百家乐,冰毒,海洛因,摇头丸,可卡因,吸毒,贩毒,毒品,枪支"),
    ),
    StarterList(
        gettext_noop("Starter: offers of gambling, drugs and weapons (English)"),
        Category.REGULATED_GOODS,
        Severity.EXTREME,
        "en",
        _words(
            """
            online casino,online casinos,casino bonus,casino deposit,free spins bonus,betting site
            illegal betting,buy cocaine,buy heroin,buy meth
            cocaine for sale,heroin for sale,meth for sale,fentanyl for sale
            buy fentanyl,date rape drug,rohypnol for sale,ghost gun,ghost guns,untraceable gun,guns for sale
            pipe bomb,how to make a bomb
            """
        ),
    ),
    StarterList(
        gettext_noop("Starter: words for gambling, drugs and weapons (English)"),
        Category.REGULATED_GOODS,
        Severity.SERIOUS,
        "en",
        _words("casino,casinos,cocaine,heroin,fentanyl,methamphetamine,crystal meth"),
    ),
    StarterList(
        gettext_noop("Starter: sexual services (Chinese)"),
        Category.SEXUAL_EXPLICIT,
        Severity.EXTREME,
        "zh",
        _words(
            "上门援交,援交服务,招嫖,约炮平台,包夜小姐,全套上门服务,裸聊平台,裸聊服务,同城约炮,楼凤信息,外围女上门"
        ),
    ),
    StarterList(
        gettext_noop("Starter: sexual words (Chinese)"),
        Category.SEXUAL_EXPLICIT,
        Severity.SERIOUS,
        "zh",
        _words("援交,卖淫,嫖娼,约炮,裸聊,色情,淫秽,一夜情"),
    ),
    StarterList(
        gettext_noop("Starter: sexual services (English)"),
        Category.SEXUAL_EXPLICIT,
        Severity.EXTREME,
        "en",
        _words(
            """
            sex for money,escort service,escort services,full service escort,happy ending massage
            nude cam chat,live sex cam,sex cams,call girl service
            """
        ),
    ),
    StarterList(
        gettext_noop("Starter: sexual words (English)"),
        Category.SEXUAL_EXPLICIT,
        Severity.SERIOUS,
        "en",
        _words("porn,pornography,xxx video,xxx videos,hardcore sex,prostitute,prostitutes,blowjob,cumshot"),
    ),
    StarterList(
        gettext_noop("Starter: self-harm (Chinese)"),
        Category.SELF_HARM,
        Severity.SERIOUS,
        "zh",
        _words("自杀方法,怎么自杀,如何自杀,相约自杀,割腕,烧炭自杀,无痛自杀,想自杀,不想活了,自残"),
    ),
    StarterList(
        gettext_noop("Starter: self-harm (English)"),
        Category.SELF_HARM,
        Severity.SERIOUS,
        "en",
        _words(
            """
            kill myself,kill yourself,how to commit suicide,suicide method,suicide methods,suicide pact
            painless suicide,cut my wrists,self harm,pro ana,thinspo
            """
        ),
    ),
    StarterList(
        gettext_noop("Starter: harmless words that hold listed ones"),
        Category.REGULATED_GOODS,
        Severity.CONTEXT,
        "any",
        _words("Casino Royale,戒毒,禁毒,缉毒,反毒品,防自残,扫黄打非"),
        kind=ListKind.ALLOW,
        note=gettext_noop("What stands inside of these words is let be."),
    ),
)
