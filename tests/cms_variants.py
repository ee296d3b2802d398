"""Write the fixtures of the other hosts, and of pages that are damaged or none: `python tests/cms_variants.py`.

All sentences are invented, the Chinese ones too; hosts, addresses, byline forms and page errors are those of SITE.md
§1, §4 to §8 and §11.6 to §11.7. What has a URL is under its host; what has none is in `fixtures/odd`, named by
what it is.
"""

import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import cms
import cms_news
import cms_site
import cms_stamps
from cms import Row, paragraphs, path
from cms_frame import CATEGORY, CRLF, STAMP, Blocks, Node, Site, document, mobile_document, not_found_page

FIXTURES = Path(__file__).parent.parent / "fixtures"
WWW = Site(name="中国邮政集团有限公司", community="chinapostplan", keywords="中国邮政", machine="CMS-WWW")
PROVINCE = Site(name="青海邮政", community="qinghai", keywords="青海,邮政", machine="CMS-P2")
MILLIS = 1741305601200
NOTICES, REPORT_ON_WWW = 1813137338, 26034510
CHINESE_FOOTER = (
    "<p>中国邮政集团有限公司版权所有<a href='https://beian.miit.gov.cn/'>京ICP备15035540号</a>"
    "京公网安备11010202010949联系我们</p>"
)


def other_hosts() -> dict[str, bytes]:
    """Return the pages that do not belong to the English site, by `host/path`."""
    pages = {**www(), **new_grammar(), **provinces(), **mirror(), **single_pages()}
    return {name: html.encode() for name, html in pages.items()} | {
        "nm.chinapost.com.cn" + path("report", 22090360): gb18030_without_charset(),
    }


# --- the Chinese site -------------------------------------------------------------------------------------------------


def www() -> dict[str, str]:
    """Return a list at its first, a middle and its last sheet, a sheet beyond, and two articles."""
    host = "www.chinapost.com.cn"
    return {
        **{host + path("category", NOTICES, sheet): chinese_list(sheet) for sheet in (1, 12, 40, 99)},
        host + path("report", REPORT_ON_WWW): chinese_article(),
        host + path("report", 25095455): english_on_www(),
    }


def chinese_list(sheet: int, total: int = 40) -> str:
    """Return a sheet of the notices: 20 rows, 3 on the last, none beyond it."""
    count = {total: 3}.get(sheet, 20) if sheet <= total else 0
    rows = [_notice(sheet, index) for index in range(count)]
    pager = cms.pager(path("category", NOTICES).removesuffix("-1.htm"), sheet, total, cms.CHINESE)
    items = f"<ul>{''.join(map(cms.news_row, rows))}{pager}</ul>" if rows else ""
    head = Node(id=NOTICES, title="采购公告", type=CATEGORY, father=1813137300)
    return chinese_page(head, f'<div class="new_list">{items}</div>')


def _notice(sheet: int, index: int) -> Row:
    number = (sheet - 1) * 20 + index
    node = REPORT_ON_WWW - number * 7
    title = f"第{number + 1}号邮路信箱更换项目中选结果公示" if number else "邮政绿色包装箱采购公告"
    return Row(path("report", node), title, f"2026-{3 - sheet // 20:02d}-{28 - index:02d}")


def chinese_page(node: Node, content: str, *, site: Site = WWW) -> str:
    """Return a page of a Chinese site: departments in `#Content1`, sections and content in `#Content3`."""
    departments = (("182112", "新闻中心"), ("182114", "信息公开"))
    items = "".join(
        f'<li><span class="tit"><span id="NodeTitle"><a href="/html1/folder/{bucket}/8001-1.htm" target="_self" '
        f'title="{label}">{label}</a></span></span></li>'
        for bucket, label in departments
    )
    section = f'<li><span id="CurrentlyNode">{node.title if node.type == CATEGORY else "公司要闻"}</span></li>'
    other = (
        '<li><span id="NodeTitle"><a href="/html1/category/181313/7339-1.htm" target="_self">结果公示</a></span></li>'
    )
    blocks = Blocks(
        header='<ul class="nav"><li><a href="/">首页</a></li></ul>',
        content1=f'<div class="about_nav"><ul>{items}</ul></div>',
        content3=f'<div class="san_nav"><ul>{section}{other}</ul></div>{CRLF}{content}',
        footer=CHINESE_FOOTER,
    )
    return document(node, blocks, site=site, millis=MILLIS)


def chinese_article() -> str:
    """Return an article with a large table, spans of a word processor and two kinds of attachment."""
    title = "邮政绿色包装箱采购公告"
    rows = "".join(f"<tr><td>{n}</td><td>循环箱{n}号</td><td>{n * 100}</td></tr>{CRLF}" for n in range(1, 31))
    body = CRLF.join(
        (
            (
                '<p class="MsoNormal"><span style="font-family: 宋体;">现就循环<span lang="EN-US">(30</span>种)箱公开'
                "采购。"
                "<o:p></o:p></span></p>"
            ),
            f'<table border="1"><tbody><tr><th>序号</th><th>品名</th><th>数量</th></tr>{CRLF}{rows}</tbody></table>',
            "<p>　　报名截至三月三十一日。</p>",
            f"<p>{cms.attachment('A1b2C3d4', '报名表.pdf')}</p>",
            '<p><a href="/res/chinapostplan/2603/0f1e2d3c4b5a69788796a5b4c3d2e1f0.pdf">技术要求</a></p>',
        )
    )
    content = (
        f"<div class=\"new_text\"><h2><span id='ReportIDname'>{title}</span></h2>{CRLF}"
        "<div class=\"info\">来源：<span id='ReportIDMediaName'>中国邮政集团</span> "
        f"时间：<span id='ReportIDIssueTime'>2026-03-28</span></div>{CRLF}<span id='ReportIDtext'>{body}</span></div>"
    )
    head = Node(id=REPORT_ON_WWW, title=title, father=NOTICES, created="2026-03-28", source="中国邮政集团")
    return chinese_page(head, content)


def english_on_www() -> str:
    """Return an English page that answers on the Chinese host: `Pressroom`, title once, a subtitle."""
    title, below = "Night trains carry summer mail to Kashgar", "twelve stops, one carriage"
    body = paragraphs("The mail carriage is coupled last and opened first.", "It has no windows.")
    byline = cms.byline("China Post News", "2025-08-18")
    content = cms.article(title, body, heading="Pressroom", subtitle=below, byline=byline)
    head = Node(id=25095455, title=title, created="2025-09-02", source="China Post News")
    return cms.page(head, content, frame=cms.OF_2025)


def new_grammar() -> dict[str, str]:
    """Return pages of the `/cn/` tree: minified on one line, unquoted, `.htm` and `.html`."""
    host = "www.chinapost.com.cn/cn"
    return {
        f"{host}/category/1813/137338-1.htm": cms.unquoted(minified_list()),
        f"{host}/report/2609/1176-1.htm": cms.unquoted(minified_article(26091176, "2026-09-07")),
        f"{host}/report/2306/11864-1.html": cms.unquoted(minified_article(230611864, "2023-06-21")),
    }


def minified_list() -> str:
    """Return a list of the new grammar; there may be blanks between the spans of a row."""
    rows = (
        Row("/cn/report/2609/1176-1.htm", "邮政无人车驶上高原公路", "2026-09-07"),
        Row("/cn/report/2306/11864-1.html", "端午 粽子 寄递", "2023-06-21"),
    )
    items = "".join(cms.news_row(row) for row in rows).replace("</span><span", "</span> <span")
    pager = cms.pager("/cn/category/1813/137338", 1, 1, cms.CHINESE)
    head = Node(id=NOTICES, title="公司新闻", type=CATEGORY, father=1813137300)
    return chinese_page(head, f'<div class="new_list"><ul>{items}{pager}</ul></div>')


def minified_article(node: int, date: str) -> str:
    """Return an article of the new grammar before it is minified."""
    title = "邮政无人车驶上高原公路" if node == 26091176 else "端午 粽子 寄递"
    content = (
        f"<div class=\"new_text\"><span id='ReportIDname'>{title}</span><p>来源：<span id='ReportIDMediaName'>"
        f"中国邮政报</span> 时间：<span id='ReportIDIssueTime'>{date}</span></p><span id='ReportIDtext'>"
        f"<p>清晨六点，邮件装车。</p><p><img src='/res/chinapostplan/{node // 10000}/1.jpg' /></p>"
        "<p>傍晚七点，邮件到站。</p></span></div>"
    )
    return chinese_page(Node(id=node, title=title, father=NOTICES, created=date, source="中国邮政报"), content)


# --- provinces and other Chinese hosts --------------------------------------------------------------------------------


def provinces() -> dict[str, str]:
    """Return a province's list, and the byline forms of four Chinese hosts (SITE.md §7)."""
    return {
        "qh.chinapost.com.cn" + path("category", 21053310): province_list(),
        "sc.chinapost.com.cn" + path("report", 22081492): chinese_byline(
            22081492, "蜀道邮车", "<span id='ReportIDIssueTime'>2022-08-03</span>来源:", "中国邮政网"
        ),
        "iframe.chinapost.com.cn" + path("report", 25039693): chinese_byline(
            25039693,
            "工会春季运动会",
            "作者:<span id='ReportIDgetAuthor'>周青</span>来源:",
            "邮政工会",
            "时间:<span id='ReportIDIssueTime'>2025-03-24</span>",
        ),
        "dangjian.chinapost.com.cn" + path("report", 16070483): chinese_byline(
            16070483,
            "一辆自行车的四十年",
            "<p>——记乡邮员马国栋</p>发布时间:<span id='ReportIDIssueTime'>2016-07-08</span>",
            "",
            "<p>分享到:</p>",
        ),
        "english.chinapost.com.cn" + path("report", 22119595): chinese_byline(
            22119595,
            "古镇邮局|百年信箱",
            "作者:<span id='ReportIDgetAuthor'>林夏 何川</span>来源:",
            "中国邮政报",
            "发布时间:<span id='ReportIDIssueTime'>2022-11-14</span>",
        ),
    }


def province_list() -> str:
    """Return a province's list of three rows on one sheet."""
    titles = ("青海湖畔的信", "三江源邮路通车", "格尔木邮件处理中心试运行")
    rows = [Row(path("report", 22053381 + n), title, f"2022-05-{20 - n}") for n, title in enumerate(titles)]
    pager = cms.pager(path("category", 21053310).removesuffix("-1.htm"), 1, 1, cms.CHINESE)
    items = "".join(map(cms.news_row, rows))
    head = Node(id=21053310, title="青海动态", type=CATEGORY, father=21053300)
    return chinese_page(head, f'<div class="new_list"><ul>{items}{pager}</ul></div>', site=PROVINCE)


def chinese_byline(node: int, title: str, before: str, source: str, after: str = "") -> str:
    """Return a Chinese report with a byline of its own order; everything in it is glued."""
    medium = f"<span id='ReportIDMediaName'>{source}</span>" if source else ""
    content = (
        f"<div class=\"new_text\"><h1><span id='ReportIDname'>{title}</span></h1>{before}{medium}{after}{CRLF}"
        "<span id='ReportIDtext'><p>　　这一天，邮包比往常多了三件。</p>\r\n<p>□林夏  摄影报道</p></span></div>"
    )
    return chinese_page(Node(id=node, title=title, father=NOTICES, created="2022-11-16", source=source), content)


def gb18030_without_charset() -> bytes:
    """Return a Chinese page in GB18030 whose head does not say so."""
    html = chinese_byline(22090360, "草原上的流动邮局", "来源:", "内蒙古邮政")
    meta = '<meta http-equiv="Content-Type" content="text/html; charset=UTF-8"/>\r\n'
    return html.replace(meta, "").encode("gb18030")


# --- the mirror of the English site -----------------------------------------------------------------------------------


def mirror() -> dict[str, str]:
    """Return what the newspaper's host shows: a later copy of the seed page, and pages seen on no other host."""
    host = "www.chinapostnews.com.cn"
    return {
        host + cms_news.SEED.href: replace(cms_news.SEED, frame=cms.OF_2024).html(),
        host + path("report", 20076451): mirror_article(),
        host + path("stamp", 21057398): mirror_stamp(),
        host + path("category", 170260254): cms_site.stamp_lists()[path("category", 170260254)],
    }


def mirror_article() -> str:
    """Return an article of the mirror alone, from another newspaper, with blanks in the bars."""
    title = "Parcel lockers reopen in Wuhan's 'mail lane'"
    body = paragraphs("All 96 lockers of the lane were cleaned, counted and opened.", "(Source: China Post)")
    content = cms.article(title, body, byline=cms.byline(" Economic Daily ", "2020-07-13"))
    head = Node(id=20076451, title=title, created="2020-07-20", source="Economic Daily")
    return cms.page(head, content, frame=cms.OF_2019)


def mirror_stamp() -> str:
    """Return a stamp of the mirror alone, with the labels used since 2021 and two layouts."""
    facts = {
        **cms_stamps.PRINTED,
        "subject": "Terraces of Yuanyang",
        "code": "2021-7",
        "inumber": "2 (issued jointly with Pakistan)",
        "denomination": "2.4",
        "rtime": "2021-04-17",
        "part": "12 pieces for layout 1, 8 pieces for layout 2",
        "printing": "Woodblock overprinting",
    }
    content = paragraphs("Water stands in four thousand terraces.", "1. Dawn; 2. Dusk.")
    block = cms.stamp(facts, cms.STAMP_ROWS_OF_2021, heading=facts["subject"], content=content)
    father = cms.STAMPS_OF_YEAR[2022]
    head = Node(id=21057398, title=facts["subject"], type=STAMP, father=father, created="2021-05-12")
    return cms.page(head, block, frame=cms.OF_2022)


def single_pages() -> dict[str, str]:
    """Return a mobile page, and a page of a kind that has no parser."""
    title = "T.140 华山"
    text = "<p>1989.10.1 影雕套印 120mm*84mm</p>"
    mobile = f"<span id='ReportIDname'>{title}</span><span id='ReportIDtext'>{text}</span>"
    stampprint = Site(name="邮票印制局", community="stampprint", machine="CMS-P7")
    video = Node(id=20018454, title="邮车上的一天", type=113, father=20018400, created="2020-01-09")
    return {
        "stampprint.chinapost.com.cn/xhtml1/report/19091/5169-1.htm": mobile_document(
            Node(id=190915169, title=title, father=190915100, created="2019-09-20"), mobile, site=stampprint
        ),
        "ctvpost.com/html1/video/2001/8454-1.htm": chinese_page(
            video, '<div class="video"><h3>视频信息</h3><p>邮车上的一天</p></div>'
        ),
    }


# --- odd pages --------------------------------------------------------------------------------------------------------


def odd() -> dict[str, bytes]:
    """Return, by file name, non-pages, incomplete pages, and pages with a quirk."""
    pages = {**soft_errors(), **quirks()}
    seed = cms_news.SEED.html()
    return {name: html.encode() for name, html in pages.items()} | {
        "truncated-in-head.htm": seed[: seed.index("<body>") - 200].encode(),
        "truncated-in-body.htm": seed[: seed.index("The Action Plan launches")].encode() + b"<p>Mid-tag <a hre",
        "truncated-in-character.htm": seed.encode()[: seed.encode().index("’".encode()) + 1],
        "truncated-in-footer.htm": seed[: seed.index("Powered by")].encode(),
        # Not by `gzip.compress`: the system that it writes into the header is another one on 3.13.
        "gzip-without-header.htm": zlib.compress(seed.encode(), 9, wbits=31),
        "utf-8-with-bom.htm": seed.encode("utf-8-sig"),
        "empty-file.htm": b"",
        "noise.htm": bytes(range(256)) * 16,
        "pdf-under-a-page-name.htm": b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n",
    }


def soft_errors() -> dict[str, str]:
    """Return the pages that answer 200, 404 or 500 and say nothing (SITE.md §8)."""
    nowhere = Node(id=23048457, title="Nothing here")
    jump = "<script>window.location.href='/html1/category/181313/7338-1.htm';</script>"
    return {
        "loading.htm": "<meta http-equiv='refresh' content='10' />网页加载中，请稍等。。。",
        "404-script.htm": not_found_page(),
        "alert.htm": (
            '<html><head><title>提示信息</title></head>\r\n<body class="infoAlert"><table id="tablecenter"><tr>'
            '<td id="info">您没有权限访问该信息!</td></tr></table></body></html>'
        ),
        "error-500.htm": (
            "<html><head><title>错误信息</title></head>\r\n<body><h1>错误信息</h1>\r\n"
            '<table id="tablecenter"><tr><td id="info">java.lang.NullPointerException</td></tr></table></body></html>'
        ),
        "login-alert-script.htm": (
            "<script>alert('请先登录');window.location.href='/servlet/StartLogin?node=23048457'</script>"
        ),
        "script-redirect.htm": jump,
        "script-redirect-in-frame.htm": cms.page(nowhere, jump),
        "empty-frame.htm": cms.page(nowhere, ""),
        "captcha.htm": (
            "<!DOCTYPE html><html><head><title>Checking your browser</title></head><body>"
            '<form action="/verify" method="post"><img src="/captcha.png"><input name="code"></form></body></html>'
        ),
        "another-program.htm": "<!DOCTYPE html><html><head><title>Welcome to nginx!</title></head><body></body></html>",
    }


def quirks() -> dict[str, str]:
    """Return pages that must give the record they would give without the quirk, or one with a warning."""
    seed = cms_news.SEED.html()
    return {
        "no-node-script.htm": seed.replace("id:23048456,", ""),
        "node-disagrees-with-address.htm": seed.replace("node={id:23048456", "node={id:23048457"),
        "copy-of-a-stranger.htm": stranger_copy(),
        "include-before-content.htm": seed.replace(
            '<div class="con">', '<include src="/jsp/custom/Share.jsp"/><div class="con">'
        ),
        "fields-in-comments-and-scripts.htm": fields_elsewhere(),
        "neighbours-and-breadcrumb.htm": neighbours(),
        "old-story-in-new-template.htm": old_story_in_new_template(),
        "date-in-words.htm": byline_date("March 29, 2023"),
        "date-with-time.htm": byline_date("2023-03-29 10:05"),
        "html5-doctype.htm": seed.replace(seed[: seed.index("<html>")], "<!DOCTYPE html>"),
        "quotes-in-title-attributes.htm": listing([Row("/html1/report/2304/8450-1.htm", "125I]' />", "2023-03-31")]),
        "empty-title-attribute.htm": listing(
            [Row("/html1/report/2304/8450-1.htm", "", "2023-03-31", text="3.2 million parcels")]
        ),
        "list-of-month-days.htm": listing([replace(cms_news.SEED.row, date="03-29")]),
        "list-in-two-uls.htm": list_in_two_uls(),
        "list-beyond-the-end.htm": cms.page(
            PRESSROOM, '<div class="title"><span id="CurrentlyNode">Pressroom</span></div>'
        ),
    }


PRESSROOM = Node(id=cms.PRESSROOM, title="Pressroom", type=CATEGORY, father=cms.NEWS)


def stranger_copy() -> str:
    """Return the seed page as a stranger's host serves it: spam around it, another sidebar, another last comment."""
    page = replace(cms_news.SEED, frame=replace(cms.OF_2019, millis=1700000000001)).html()
    spam = '<div style="position:absolute;left:-9999px"><a href="http://casino.example/">best odds</a></div>'
    return page.replace('<div id="Body">', f'{spam}<div id="Body">').replace("</body>", f"{spam}</body>")


def fields_elsewhere() -> str:
    """Return the seed page with its field ids in a comment, a style, a script, and in a list beside it."""
    related = cms.news_list("Related", [Row("/html1/report/2304/8450-1.htm", "Another story", "2023-03-31")])
    noise = (
        "<style>#ReportIDtext p {margin: 0}</style><script>$('#ReportIDname').text('scripted');</script>"
        "<!--<span id='ReportIDname'>commented out</span><span id='ReportIDtext'>commented out</span>-->"
    )
    item = cms_news.SEED
    return replace(item, content=noise + item.content + related).html()


def neighbours() -> str:
    """Return the seed page with breadcrumb, links to the neighbours, a counter and a comment frame."""
    before = (
        "<div id=\"Path\"><span id='PathID1'> > <a href='/'>Home</a></span><span id='PathID2'> > "
        "<a href='/html1/category/1408/4050-1.htm'>Pressroom</a></span></div>"
    )
    after = (
        "<ul id='PN_Link'><li id='PreviousLink'>Previous: <a href='/html1/report/2304/8450-1.htm'>Older</a></li>"
        "<li id='NextLink'>Next: <a href='/html1/report/23041/2214-1.htm'>Newer</a></li></ul>"
        '<span id="NodeIDClick" label="23048456"><script>'
        "document.write(cookie.get('n23048456_hits')||123);</script></span>"
        '<iframe src="http://iframe.chinapost.com.cn/jsp/comment.jsp?node=23048456" width="100%"></iframe>'
    )
    item = cms_news.SEED
    html = replace(item, content=item.content + after).html()
    return html.replace('<div id="Content">', f'{before}{CRLF}<div id="Content">')


def old_story_in_new_template() -> str:
    """Return report/16036/2546 as a later generation prints it: the same story gains `| China Post |`."""
    item = cms_news.date_glued_to_title()
    body = item.content.partition("<span id='ReportIDtext'>")[2].partition("</span></li>")[0]
    content = cms.article(item.title, body, byline=cms.byline(" China Post ", item.date))
    return replace(item, content=content, frame=cms.OF_2022).html()


def byline_date(date: str) -> str:
    """Return the seed page with its date printed in another form."""
    item = cms_news.SEED
    return replace(item, content=item.content.replace(">2023-03-29<", f">{date}<")).html()


def listing(rows: list[Row]) -> str:
    """Return a Pressroom of one sheet with these rows."""
    pager = cms.pager(path("category", cms.PRESSROOM).removesuffix("-1.htm"), 1, 1, cms.CHINESE)
    return cms.page(PRESSROOM, cms.news_list("Pressroom", rows, pager))


def list_in_two_uls() -> str:
    """Return a list into which an editor's string puts `</ul><ul>` after two rows."""
    rows = [item.row for item in cms_news.pressroom()[:4]]
    html = listing(rows)
    third = cms.news_row(rows[2])
    return html.replace(third, f"</ul><ul>{third}")


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files below the folder."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


if __name__ == "__main__":
    write(FIXTURES / "html", other_hosts())
    write(FIXTURES / "odd", odd())
