"""Generate any number of articles, the same in each run, for the benchmarks that need a large archive.

Words are distributed as in a newspaper: a few are frequent, and a story keeps to the same things and names.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate

from postarchive.record.values import Article, Hotline, Image, Registration

COMMON = """
the of and to in a for is on with that by at from has as its will was more be are it their which
have over not this an been all than new one they up after also were into through first can who about
two but other year years
"""
WORDS = """
post postal office offices parcel parcels letter letters stamp stamps mail courier couriers delivery
deliveries village villages villagers rural urban county counties province provinces city cities
road roads route routes service services network station stations customer customers market markets
product products company group branch branches bank savings logistics express warehouse warehouses
truck trucks bicycle bicycles boat ferry farmer farmers orange oranges apple apples tea honey
mushroom mushrooms harvest season festival school schools teacher teachers child children family
families doctor nurse clinic hospital mountain mountains river rivers island islands lake lakes
desert grassland forest bridge bridges tunnel railway airport flight flights port ports train trains
package packages address addresses post-box sorting centre centres machine machines robot robots
system systems platform online shop shops order orders price prices cost costs income growth percent
million billion yuan ton tons kilometre kilometres hour hours minute minutes day days week weeks
month months morning evening night winter spring summer autumn snow rain flood storm earthquake
relief support supplies project projects plan plans policy programme training skills work worker
workers staff manager director president official officials government committee party league union
member members volunteer volunteers history museum exhibition collection collector collectors design
designer designers artist artists print printing paper ink colour colours set sets sheet sheets
issue issues anniversary ceremony opening launch signed agreement cooperation partner partners
international national local region regions border trade export exports import development
revitalization innovation digital green energy electric solar carbon emission emissions reduce
improve improved increase increased build built open opened carry carried deliver delivered collect
collected receive received send sent travel travelled walk walked help helped serve served reach
reached join joined plan promote promoted expand expanded provide provided create created announce
announced celebrate celebrated
"""
SYLLABLES = """
an bai chang da feng gu hai jin kang lan mei ning ping qing ru shan tai wen xi yang zhou bo lin dong
bei nan he
"""
CHINESE = """
邮政 中国 快递 包裹 邮局 乡村 振兴 服务 农民 农村 物流 网络 客户 银行 储蓄 邮票 发行 纪念 集邮 投递
邮路 山区 学校 老师 孩子 家庭 水果 苹果 茶叶 丰收 节日 城市 县城 全省 全国 公司 集团 分公司 员工
志愿者 培训 项目 计划 发展 合作 国际 市场 平台 订单 运输 车辆 无人机 仓库 中心 今年 去年 以来 通过
提供 建设 开展 推动 提升 达到 超过 万元 公里 小时 的 和 在 了 为 将 是 与
"""
HOTLINES = (
    Hotline("Postal Business", "8610 11185", "+861011185"),
    Hotline("Postal Savings", "8610 95580", "+861095580"),
    Hotline("Logistics and EMS", "8610 11183", "+861011183"),
    Hotline("China Post Life", "8610 4008909999", "+864008909999"),
)
REGISTRATIONS = (Registration("ICP", "京ICP备15035540号"), Registration("PSB", "京公网安备110401400185号"))
FIRST_DAY, DAYS = date(2012, 1, 1), 5000
CHINESE_IN, PICTURE_IN = 33, 3  # one article in this many
NAMES, THEME = 8000, 60
ROOT = "http://english.chinapost.com.cn"


def articles(count: int, *, seed: int = 1) -> Iterator[Article]:
    """Yield `count` articles, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    syllables, common, words, chinese = (text.split() for text in (SYLLABLES, COMMON, WORDS, CHINESE))
    names = ["".join(chance.choices(syllables, k=3)).capitalize() for _ in range(NAMES)]
    for number in range(count):
        if chance.randrange(CHINESE_IN):
            story = _Story(
                chance, [(common, 45), (chance.sample(words, k=THEME), 50), (chance.sample(names, k=8), 5)], " "
            )
        else:
            story = _Story(chance, [(chinese, 1)], "")
        yield _article(number, chance, story)


class _Story:
    """The words of a story: each list has its share, and its first words are the most frequent."""

    def __init__(self, chance: random.Random, shares: list[tuple[list[str], float]], blank: str) -> None:
        self._chance, self._blank = chance, blank
        self._words = [word for words, _ in shares for word in words]
        self._heaps = list(accumulate(weight for words, share in shares for weight in _weights(len(words), share)))

    def sentence(self, shortest: int, longest: int) -> str:
        count = self._chance.randint(shortest, longest)
        text = self._blank.join(self._chance.choices(self._words, cum_weights=self._heaps, k=count))
        return text[0].upper() + text[1:] + ("." if self._blank else "。")


def _weights(count: int, share: float) -> list[float]:
    weights = [1 / (place + 5) for place in range(count)]
    return [share * weight / sum(weights) for weight in weights]


def _article(number: int, chance: random.Random, story: _Story) -> Article:
    high, low = 2304 + number // 9000, number % 9000 + 1
    return Article(
        kind="news",
        url=f"{ROOT}/html1/report/{high}/{low}-1.htm",
        node=high * 10_000 + low,
        title=story.sentence(5, 11),
        source="China Post News",
        date=(FIRST_DAY + timedelta(days=chance.randrange(DAYS))).isoformat(),
        created=FIRST_DAY.isoformat(),
        paragraphs=tuple(story.sentence(30, 90) for _ in range(chance.randint(3, 6))),
        images=(Image(f"{ROOT}/res/chinaposten/{number}.jpg"),) if chance.randrange(PICTURE_IN) == 0 else (),
        hotlines=HOTLINES,
        registrations=REGISTRATIONS,
    )
