"""Write the fixtures of the English site: `python tests/cms_site.py` writes the same bytes each time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import cms
from cms import BARE, OF_2022, OF_2025, Row, StampRow, paragraphs, path
from cms_frame import CATEGORY, CRLF, FOLDER, Blocks, Node, document
from cms_news import airmail_items, in_two_parts, postal_equipments, postman_stories, pressroom
from cms_stamps import single_stamps, stamps, stamps_of_2017

ROOT = Path(__file__).parent.parent / "fixtures" / "html"
HOST = "english.chinapost.com.cn"


NEWS_PER_SHEET = 10
STAMPS_PER_SHEET = 6
FOREIGN = Row("http://www.upu.example/news/parcel-day?lang=en&page=1", "Parcel Day 2020 abroad", "2020-11-03")


@cache
def english_site() -> Mapping[str, str]:
    """Return the English site: path of each page, without the leading slash, and its HTML."""
    articles = (*pressroom(), *postman_stories(), *postal_equipments(), *airmail_items())
    pages = {
        "/index.htm": home(),
        **{article.href: article.html() for article in articles},
        path("report", 22033375, 2): in_two_parts(2).html(),
        **{stamp.row.href: stamp.html() for stamp in stamps()},
        **news_lists(),
        **stamp_lists(),
        **folders(),
    }
    return {name.removeprefix("/"): html for name, html in pages.items()}


def home() -> str:
    """Return the home page: all its lists are in `#Content1`, the other two blocks are empty."""
    news_rows = [(Row(item.href, item.title, item.date, cms.cut(item.title)), item.source) for item in pressroom()[:8]]
    story_rows = [(item.row, item.source) for item in postman_stories()[:2]]
    lists = (
        cms.front_list(news_rows, path("category", cms.PRESSROOM)),
        cms.front_list(story_rows, path("category", cms.POSTMAN_STORY)),
        cms.sidebar(OF_2025),
    )
    blocks = Blocks(header=cms.english_header(), content1=CRLF.join(lists), footer=cms.english_footer())
    return document(Node(id=14084030, title="Home", type=FOLDER, father=14084029), blocks)


def news_lists() -> dict[str, str]:
    """Return the four news columns; Pressroom has two sheets, a relative link, a foreign row and a `new` mark."""
    rows = [item.row for item in pressroom()]
    rows[0] = replace(rows[0], mark=" <img src='/tea/image/public/new.gif'/>")
    rows[1] = replace(rows[1], text=cms.cut(rows[1].title))
    rows[7] = replace(rows[7], href="../../report/2304/8456-1.htm")
    rows.insert(14, FOREIGN)
    return {
        **_sheets(cms.PRESSROOM, "Pressroom", rows),
        **_sheets(cms.POSTMAN_STORY, "Postman Story", [item.row for item in postman_stories()]),
        **_sheets(cms.POSTAL_EQUIPMENTS, "Postal Equipments", [item.row for item in postal_equipments()]),
        **_sheets(cms.AIRMAIL_ITEMS, "Airmail items", [item.row for item in airmail_items()]),
    }


def _sheets(node: int, heading: str, rows: Sequence[Row]) -> dict[str, str]:
    address = path("category", node)
    total = -(-len(rows) // NEWS_PER_SHEET)
    head = Node(id=node, title=heading, type=CATEGORY, father=cms.NEWS)
    sheets = {}
    for sheet in range(1, total + 1):
        shown = rows[(sheet - 1) * NEWS_PER_SHEET : sheet * NEWS_PER_SHEET]
        pager = cms.pager(address.removesuffix("-1.htm"), sheet, total, cms.CHINESE)
        sheets[path("category", node, sheet)] = cms.page(head, cms.news_list(heading, shown, pager), frame=OF_2025)
    return sheets


def stamp_lists() -> dict[str, str]:
    """Return a list for each year that a sidebar or the site map names; 2017 has two sheets, which overlap."""
    lists = {
        path("category", node): _stamp_list(year, [stamp.row for stamp in single_stamps() if stamp.year == year])
        for year, node in cms.STAMPS_OF_YEAR.items()
    }
    rows = [stamp.row for stamp in stamps_of_2017()]
    first, second = rows[:STAMPS_PER_SHEET], rows[STAMPS_PER_SHEET - 1 :]
    lists[path("category", 170260254)] = _stamp_list(2017, first, sheet=1, total=2)
    lists[path("category", 170260254, 2)] = _stamp_list(2017, second, sheet=2, total=2)
    return lists


def _stamp_list(year: int, rows: Sequence[StampRow], *, sheet: int = 1, total: int = 1) -> str:
    node, heading = cms.STAMPS_OF_YEAR[year], f"{year} Stamps"
    pager = cms.pager(path("category", node).removesuffix("-1.htm"), sheet, total, cms.ENGLISH)
    head = Node(id=node, title=heading, type=CATEGORY, father=14084031)
    return cms.page(head, cms.stamp_list(heading, rows, pager), frame=OF_2022)


def folders() -> dict[str, str]:
    """Return the pages of mere text: folders, and a service category."""
    links = {**COLUMNS, **{f"{year} Stamps": path("category", node) for year, node in cms.STAMPS_OF_YEAR.items()}}
    site_map = "".join(f'<p><a href="{href}">{label}</a></p>\r\n' for label, href in links.items())
    bank = paragraphs("The bank keeps a counter in two of three townships.", "It lends to farmers before the harvest.")
    service = (
        "<p>Letters, parcels and money orders are served to every address of the country.</p>\r\n"
        "<p>A letter of 20 grams costs 1.20 yuan; the price serv- -ices of a province may add is nil.</p>"
    )
    about = paragraphs("China Post carries mail, parcels and savings.", "Its head office stands in Beijing.")
    contact = "<p>Write to us:<br />No. 3, Jinrong Street<br />Beijing 100808</p>"
    return {
        path("folder", 14084104): _folder(14084104, "Postal Savings Bank", bank),
        path("category", cms.SERVICES): _folder(cms.SERVICES, "Universal Postal Service", service, kind=CATEGORY),
        path("folder", cms.ABOUT_US): _folder(cms.ABOUT_US, "About Us", about),
        path("folder", cms.SITEMAP): _folder(cms.SITEMAP, "Sitemap", site_map),
        path("folder", cms.CONTACT_US): _folder(cms.CONTACT_US, "Contact Us", contact),
        path("folder", cms.NEWS): news_folder(),
    }


COLUMNS = {
    "Pressroom": path("category", cms.PRESSROOM),
    "Postman Story": path("category", cms.POSTMAN_STORY),
    "Postal Equipments": path("category", cms.POSTAL_EQUIPMENTS),
    "Airmail items": path("category", cms.AIRMAIL_ITEMS),
    "Postal Savings Bank": path("folder", 14084104),
    "Universal Postal Service": path("category", cms.SERVICES),
}


def _folder(node: int, title: str, body_html: str, *, kind: int = FOLDER) -> str:
    head = Node(id=node, title=title, type=kind, father=14084030, created="2014-08-20")
    prefix = "Node" if kind == CATEGORY else "Currently"  # both are on newer static pages (SITE.md §4.1)
    return cms.page(head, cms.folder(title, body_html, prefix=prefix), frame=BARE)


def news_folder() -> str:
    """Return a folder that shows two lists of other columns, in the main block and with the sidebar."""
    equipment = [(item.row, item.source) for item in postal_equipments()]
    airmail = [(item.row, item.source) for item in airmail_items()]
    content = CRLF.join(
        (
            '<div class="title"><span id="CurrentlyNode">News</span></div>',
            cms.front_list(equipment, path("category", cms.POSTAL_EQUIPMENTS)),
            cms.front_list(airmail, path("category", cms.AIRMAIL_ITEMS)),
        )
    )
    head = Node(id=cms.NEWS, title="News", type=FOLDER, father=14084030)
    return cms.page(head, content, frame=OF_2025)


def write_fixtures(root: Path = ROOT) -> None:
    """Write every page below the root as `host/path`, in UTF-8 with the CMS's own line ends."""
    write_site(root / HOST, english_site())


def write_site(folder: Path, pages: Mapping[str, str]) -> None:
    """Write the pages of one host."""
    for name, html in pages.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(html.encode())


if __name__ == "__main__":
    write_fixtures()
