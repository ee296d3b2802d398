"""The labels of a byline, in both languages, and what separates their values (SITE.md §4.3, §7)."""

import re

from postarchive.pages.html.text import FIELD
from postarchive.startup import late

# 来源:中国邮政报   發布時間：2019-03-12   Editor:NAME   作者:A B
# Labels are tried only where one of their first letters is: ignoring case, each costs time.
LABEL = late(
    r"(?=[a-fhilmpr-w上作修刊创創发發录錄截日时時更最浏瀏点點稿通閱阅信文新内內来來编編责責记記])"
    r"(?:(?P<other>(?:最后|最後)?(?:更新|修改|录入|錄入|创建|創建|上传|上傳|截止|截至)(?:时间|時間|日期)"
    r"|(?:Last\s+)?(?:Updated?|Modified)(?:\s+(?:on|at|time|date))?)"  # a date, but not the story's
    r"|(?P<source>(?:[信文稿新内內][息章件闻聞容])?[来來]源|[来來]自|稿源|Source|From)"
    r"|(?P<date>(?:发布|發布|發佈|发表|發表|发稿|發稿|刊发|刊發|刊登)?(?:时间|時間|日期)"
    r"|(?:(?:Issue|Release|Publish(?:ed|ing)?|Publication|Posting)\s?)?(?:Date|Time)|Published|Posted)"
    r"|(?P<editor>[责責]任?[编編][辑輯]?|[编編][辑輯]|作者|[记記]者|通[讯訊][员員]"
    r"|Editor(?:\s+in\s+charge)?|(?:Written\s+)?By|Author|Reporter)"
    r"|(?P<count>点击|點擊|点击数|浏览|瀏覽|阅读|閱讀|浏览次数|阅读次数|Views|Hits|Clicks))",
    re.IGNORECASE,
)
LABELLED = re.compile(rf"(?<![A-Za-z])(?:{LABEL.pattern})\s*[:：]\s*", re.IGNORECASE)
OF_FIELD = late(LABELLED.pattern + FIELD, re.IGNORECASE)
# 活动时间：2023-04-02   Opening date: 2023-04-02: the word before says which day that is
WORD_BEFORE = re.compile(r"[A-Za-z]\s*$|[^\W\d_]$")
GENERIC = frozenset(("时间", "時間", "日期", "date", "time"))
OTHER_DAY = late(rf"(?:{LABEL.pattern})\s*[:：]?\s*$", re.IGNORECASE)  # before a date: `Updated 2023-04-02`
# 审核：王五   Photo: Li Si   字号：大 中 小: a label that is not a field, inside a field's value
NO_FIELD = (  # compiled when first needed
    r"(?i)(?:摄影|攝影|审核|審核|审校|校对|校對|监制|监审|签发|翻译|发布者|发布人|发布单位|供稿|字号|字號|字体|分享到?)\s*[:：]"
    r"|\b(?:Photos?(?: by)?|Photographers?|Translat(?:ors?|ed by)|Proofread(?:er|ing)?|Font(?: size)?|Share)\s*[:：]"
    r"|(?<=[\s|｜])[^\W\da-zA-Z_]{1,6}[:：]"
)
SEPARATORS = " |｜\t·•,，;；、:："
TRIM = SEPARATORS + "[]【】()（）"


def is_label(line: str) -> bool:
    """Tell whether a line is a label of the byline without its value."""
    found = LABELLED.match(line) if line.endswith((":", "：")) else None
    return found is not None and found.end() == len(line)


def unlabelled(text: str | None, kind: str) -> str | None:
    """Return a field's text without a label of its kind that the editor typed into it: `Editor:NAME`."""
    found = LABELLED.match(text) if text and (":" in text or "：" in text) else None
    return (text or "")[found.end() :].strip(TRIM) or None if found and found[kind] else text


def trimmed(value: str) -> str:
    """Return a labelled value without what separates it from the next one; its own brackets stay."""
    value = value.strip(SEPARATORS).rstrip("[【(（ ")
    for opening, closing in ("[]", "【】", "()", "（）"):
        value = value if opening in value else value.rstrip(closing + SEPARATORS)
    return value
