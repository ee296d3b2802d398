"""Play the page writer of the site's CMS: compose pages of the English template as SITE.md §4 to §6 describe them.

Every function returns HTML with CRLF line ends, unescaped as the CMS leaves it; the caller encodes it (UTF-8). What
the CMS itself writes (frame, field spans, pager) is known; class names and the order around fields are guesses, and
`fixtures/README.md` says which. Times and ids are arguments, so that the same call gives the same bytes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cms_frame import CRLF, ENGLISH_SITE, Blocks, Node, document

CHINESE = ("最前", "上一页", "下一页", "最后")
ENGLISH = ("First", "Previous Page", "Next Page", "Last")
PAGER_NUMBERS = 10

POSTMAN_STORY, POSTAL_EQUIPMENTS, AIRMAIL_ITEMS = 14084040, 14084041, 24031207
PRESSROOM, NEWS, SERVICES = 14084050, 14084045, 14084055
ABOUT_US, SITEMAP, CONTACT_US = 14084060, 14084061, 14084062
STAMPS_OF_YEAR = MappingProxyType(
    {
        2012: 14084032,
        2014: 14084034,
        2017: 170260254,
        2018: 180163325,
        2019: 1906736133,
        2022: 220121278,
        2024: 240121330,
        2025: 250121402,
    }
)
HOTLINES = (
    "Postal Business: 8610 11185",
    "Postal Savings: 8610 95580",
    "Logistics and EMS: 8610 11183",
    "China Post Life: 8610 4008909999",
)
REGISTRATIONS = "京ICP备15035540号 京公网安备110401400185号"

# (field, label, unit, is its row printed when empty?), as the stamp template ordered them; the labels changed by 2021.
STAMP_ROWS_OF_2018 = (
    ("subject", "Stamp Title", "", True),
    ("code", "Serial Number", "", True),
    ("inumber", "Value in Set", "", True),
    ("denomination", "Denomination", " yuan", True),
    ("rtime", "Date of Issue", "", True),
    ("designer", "Designer", "", False),
    ("dimension", "Size of Stamp", "", True),
    ("perforation", "Perforation", "", False),
    ("part", "Sheet Composition", "", True),
    ("printers", "Printer", "", False),
    ("printing", "Printing Process", "", True),
)
_NEW_LABELS = {"inumber": "Piece in Set", "printing": "Printing Technology"}
STAMP_ROWS_OF_2021 = tuple(
    (field, _NEW_LABELS.get(field, label), unit, always) for field, label, unit, always in STAMP_ROWS_OF_2018
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the English template puts around the content on the day of generation; year None means no sidebar."""

    year: int | None = 2022
    has_airmail: bool = False
    has_hotlines: bool = True
    has_footer: bool = True
    millis: int = 1682326923387


UPLOADS = f"/res/{ENGLISH_SITE.community}"
# Days of generation of the template: what its sidebar names, and the number in the last comment.
OF_2018 = Frame(year=2018, millis=1543301862114)
OF_2019 = Frame(year=2019, millis=1566354017702)
OF_2022 = Frame(year=2022, millis=1682326923387)
OF_2024 = Frame(year=2024, has_airmail=True, millis=1727084412950)
OF_2025 = Frame(year=2025, has_airmail=True, millis=1762748120046)
BARE = Frame(year=None, has_hotlines=False, has_footer=False, millis=1727084400118)  # folders and static pages


def page(node: Node, content: str, *, frame: Frame = OF_2022) -> str:
    """Return an English page: the content in `#Content3`, sidebar and hotlines in `#Content1`."""
    blocks = Blocks(
        header=english_header(),
        content1=sidebar(frame),
        content3=content,
        footer=english_footer() if frame.has_footer else "",
    )
    return document(node, blocks, millis=frame.millis)


def path(kind: str, node: int, sheet: int = 1) -> str:
    """Return the root-relative address of a node in the old grammar."""
    high, low = divmod(node, 10_000)
    return f"/html1/{kind}/{high}/{low}-{sheet}.htm"


def anchor(href: str, text: str, *, title: str | None = None, target: str = "_self") -> str:
    """Return a field's link: single quotes save for the title, in which the CMS turns `"` into `'`."""
    shown = (text if title is None else title).replace('"', "'")
    return f"<a href='{href}' target='{target}' title=\"{shown}\">{text}</a>"


def cut(title: str, quantity: int = 20) -> str:
    """Return a list's short title: past `quantity` characters the first 2q width units and `...`, needed or not."""
    if len(title) <= quantity:
        return title
    kept, width = "", 0
    for character in title:
        width += 2 if character >= "\u0100" else 1
        if width > 2 * quantity:
            break
        kept += character
    return kept + "..."


def paragraphs(*texts: str) -> str:
    """Return the texts as an editor's paragraphs, one to a line."""
    return CRLF.join(f"<p>{text}</p>" for text in texts)


# --- the English template ---------------------------------------------------------------------------------------------


def english_header() -> str:
    """Return logo and main navigation, hand-written and so in double quotes; never seen, a guess."""
    links = (
        ("/", "Home"),
        (path("folder", ABOUT_US), "About"),
        (path("folder", NEWS), "News"),
        (path("category", PRESSROOM), "Pressroom"),
        (path("category", SERVICES), "Services"),
    )
    items = "".join(f'<li><a href="{href}">{label}</a></li>' for href, label in links)
    logo = '<a href="/"><img src="/res/chinaposten/structure/140800011.png" alt="China Post" /></a>'
    return f'<div class="logo">{logo}</div>{CRLF}<ul class="nav">{items}</ul>'


def sidebar(frame: Frame) -> str:
    """Return the three or four links and the four telephone lines before the content."""
    links = ""
    if frame.year is not None:
        links = f'<ul class="side">{"".join(_sidebar_item(*item) for item in _sidebar_links(frame))}</ul>{CRLF}'
    return links + (paragraphs(*HOTLINES) if frame.has_hotlines else "")


def english_footer() -> str:
    """Return the two lines of the footer; the second ends in a bar."""
    nodes = ((ABOUT_US, "About Us"), (SITEMAP, "Sitemap"), (CONTACT_US, "Contact Us"))
    links = " | ".join(f'<a href="{path("folder", node)}">{label}</a>' for node, label in nodes)
    return f"<p>Register number: {REGISTRATIONS}</p>{CRLF}<p>Powered by CHINA POST | {links} |</p>"


# --- news -------------------------------------------------------------------------------------------------------------


def article(title: str, body_html: str, *, byline: str = "", heading: str | None = None, subtitle: str = "") -> str:
    """Return an article of the current template; heading None repeats the title, "" leaves the line away."""
    line = title if heading is None else heading
    top = f'<div class="title"><span id="CurrentlyNode">{line}</span></div>{CRLF}' if line else ""
    below = f"<span id='ReportIDgetSubhead'>—— {subtitle}</span>" if subtitle else ""
    return (
        f"{top}<div class=\"con\"><ul><li><h1><span id='ReportIDname'>{title}</span>{below}</h1>{CRLF}"
        f"{byline}<span id='ReportIDtext'>{body_html}</span></li></ul></div>"
    )


def old_article(title: str, body_html: str, *, byline: str = "", heading: str | None = None, subtitle: str = "") -> str:
    """Return an article of the template up to 2019: no `h1`, the byline follows the title's span at once."""
    line = title if heading is None else heading
    top = f'<div class="title"><span id="CurrentlyNode">{line}</span></div>{CRLF}' if line else ""
    below = f"<span id='ReportIDgetSubhead'>—— {subtitle}</span>" if subtitle else ""
    return (
        f"{top}<div class=\"con\"><ul><li><span id='ReportIDname'>{title}</span>{below}{byline}{CRLF}"
        f"<span id='ReportIDtext'>{body_html}</span></li></ul></div>"
    )


def bars(source: str, date: str) -> str:
    """Return `|SOURCE|DATE` with the bars outside the spans; blanks around an old source come with it."""
    return f"|<span id='ReportIDMediaName'>{source}</span>|<span id='ReportIDIssueTime'>{date}</span>"


def byline(source: str, date: str) -> str:
    """Return the current template's byline line."""
    return f'<div class="info">{bars(source, date)}</div>{CRLF}'


def glued_date(date: str) -> str:
    """Return the oldest byline: a date that touches the title, and no source."""
    return f"<span id='ReportIDIssueTime'>{date}</span>"


def editor_line(name: str, date: str) -> str:
    """Return the byline of a campaign page: an editor with the date glued to the name."""
    return f"Editor:<span id='ReportIDgetAuthor'>{name}</span><span id='ReportIDIssueTime'>{date}</span>"


def picture(file: str, alt: str = "") -> str:
    """Return a picture as the editors of the CMS centre it."""
    return f'<p align="center"><img src="{file}" alt="{alt}" /></p>'


def attachment(token: str, name: str) -> str:
    """Return a file link of the CMS's own download action; its `&` is raw."""
    icon = "<img src='/tea/image/ico/pdf.gif' class='ico' />"
    return f"<span><a href='/Attchs.do?act=down&attch={token}'>{icon}{name}</a></span>"


def part(body_html: str, *, path_prefix: str, sheet: int, total: int) -> str:
    """Return one part of an article in parts: the text, then its pager inside `#ReportIDtext`."""
    return f"{body_html}<div id='ContentPageDIV'>{pager(path_prefix, sheet, total, CHINESE)}</div>"


# --- lists ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a news list; `text` is the shown title when it is cut, `mark` what follows it in the link."""

    href: str
    title: str
    date: str
    text: str | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class StampRow:
    """A row of a stamp list, which shows the stamp's whole description."""

    href: str
    title: str
    code: str
    content: str
    picture: str = ""


def news_list(heading: str, rows: Iterable[Row], pager_item: str = "") -> str:
    """Return a news list: rows without white space between, the pager as last `li` of the same `ul`."""
    items = "".join(news_row(row) for row in rows)
    return (
        f'<div class="title"><span id="CurrentlyNode">{heading}</span></div>{CRLF}'
        f'<div class="new_list"><ul>{items}{pager_item}</ul></div>'
    )


def news_row(row: Row) -> str:
    """Return one row of a news list: exactly two children."""
    text = (row.title if row.text is None else row.text) + row.mark
    link = anchor(row.href, text, title=row.title, target="_blank")
    return f"<li><span id='ReportIDname'>{link}</span><span id='ReportIDIssueTime'>{row.date}</span></li>"


def stamp_list(heading: str, rows: Iterable[StampRow], pager_item: str = "") -> str:
    """Return a year's stamps; the serial number touches the cut title."""
    items = "".join(stamp_row(row) for row in rows)
    return f'<span id="CurrentlyNode">{heading}</span>{CRLF}<div class="stamp_list"><ul>{items}{pager_item}</ul></div>'


def stamp_row(row: StampRow) -> str:
    """Return one row of a stamp list; the code's span is left away when there is none."""
    image = ""
    if row.picture:
        linked = anchor(row.href, f"<img src='{row.picture}' />", title=row.title)
        image = f"<span id='StampIDpicture'>{linked}</span>"
    code = f"<span id='StampIDcode'>{row.code}</span>" if row.code else ""
    link = anchor(row.href, cut(row.title), title=row.title)
    return (
        f"<li>{image}<span id='StampIDsubject'>{link}</span>{code}<span id='StampIDcontent'>{row.content}</span></li>"
    )


def pager(path_prefix: str, page_number: int, total: int, labels: tuple[str, str, str, str]) -> str:
    """Return the pager's `li` (SITE.md §5.3); `path_prefix` is the address up to `-`, labels first to last."""
    return f"<li id='PageNum'><!--{{total:{total}}}-->{_pager_links(path_prefix, page_number, total, labels)}</li>"


# --- stamps, folders --------------------------------------------------------------------------------------------------


def stamp(
    facts: Mapping[str, str],
    rows: Sequence[tuple[str, str, str, bool]],
    *,
    heading: str = "",
    content: str = "",
    image: str = "",
) -> str:
    """Return a stamp's page: a table of three cells a row, then the description.

    `facts` go by field name; a missing one prints an empty row, or none where the template hides it.
    """
    printed = [row for row in rows if row[3] or row[0] in facts]
    cells = [_stamp_cells(row, facts, has_third=not (image and index)) for index, row in enumerate(printed)]
    if image:
        third = f"<td rowspan=\"{len(printed)}\"><span id='StampIDpicture'><img src='{image}' /></span></td></tr>"
        cells[0] = cells[0].removesuffix("<td></td></tr>") + third
    table = CRLF.join(("<table>", "<tr><td>Supporting Information</td><td></td><td></td></tr>", *cells, "</table>"))
    return f"{_heading(heading)}{table}{CRLF}{_stamp_content(content)}"


def stamp_lines(facts: Mapping[str, str], rows: Sequence[tuple[str, str, str, bool]], *, content: str = "") -> str:
    """Return a stamp's page without a table: label and value in one paragraph each."""
    printed = [row for row in rows if row[3] or row[0] in facts]
    lines = [f"<p>{label}: {_stamp_value(field, unit, facts)}</p>" for field, label, unit, _ in printed]
    return CRLF.join(("<p>Supporting Information</p>", *lines, _stamp_content(content)))


def folder(title: str, body_html: str, *, prefix: str = "Currently") -> str:
    """Return a page of mere text: title as a list bullet; `prefix` is `Node` where no script renames the ids."""
    subject = "CurrentlyNode" if prefix == "Currently" else "NodeTitle"
    return (
        f'<ul class="path"><li><span id="{subject}">{title}</span></li></ul>{CRLF}'
        f'<div class="text"><span id="{prefix}Text">{body_html}</span></div>'
    )


def front_list(rows: Iterable[tuple[Row, str]], more: str) -> str:
    """Return a home page's list: one physical line, the editor's spans around each field; rows with their source."""
    items = "".join(
        f"<li><span class=\"tit\"><span id='ReportIDname'>{anchor(row.href, row.text or row.title, title=row.title)}"
        f'</span></span><span class="fot"><span class="time"><span id=\'ReportIDIssueTime\'>{row.date}</span></span>'
        f"<span class=\"mt\">From: <span id='ReportIDMediaName'>{source}</span></span></span></li>"
        for row, source in rows
    )
    return f'<ul class="ul1">{items}</ul><p class="more"><a href="{more}">More</a></p>'


def unquoted(html: str) -> str:
    """Return the HTML as `/cn/` pages have it: no line ends, quotes only where a value needs them, and on `div`."""
    flat = html.replace(CRLF, "")
    return re.sub(r"<(?!div\b|meta\b|!)[a-z][^>]*>", lambda tag: _unquote_tag(tag[0]), flat)


# --- parts ------------------------------------------------------------------------------------------------------------


def _sidebar_links(frame: Frame) -> list[tuple[int, str]]:
    links = [(POSTMAN_STORY, "Postman Story"), (POSTAL_EQUIPMENTS, "Postal Equipments")]
    if frame.year is not None:
        links.append((STAMPS_OF_YEAR[frame.year], f"{frame.year} Stamps"))
    return [*links, (AIRMAIL_ITEMS, "Airmail items")] if frame.has_airmail else links


def _sidebar_item(node: int, label: str) -> str:
    href = path("category", node)
    return f'<li><span id="NodeTitle"><a href="{href}" target="_self" title="{label}">{label}</a></span></li>'


def _pager_links(prefix: str, current: int, total: int, labels: tuple[str, str, str, str]) -> str:
    if total < 2:
        return ""
    first, previous, following, last = labels
    before = after = ""
    if current > 1:
        before = f"<a href='{prefix}-1.htm' id='CBFirst'>{first}</a> "
        before += f"<a href='{prefix}-{current - 1}.htm' id=CBPrev>{previous}</a> "
    if current < total:
        after = f"<a href='{prefix}-{current + 1}.htm' id='CBNext'>{following}</a> "
        after += f"<a href='{prefix}-{total}.htm' id='CBLast'>{last}</a> "
    return before + "".join(_pager_numbers(prefix, current, total)) + after + _pager_jump(prefix, total)


def _pager_numbers(prefix: str, current: int, total: int) -> list[str]:
    first = max(1, min(current - 5, total - PAGER_NUMBERS + 1))
    numbers = range(first, min(first + PAGER_NUMBERS, total + 1))
    return [
        f"<span class=current>{number}</span> "
        if number == current
        else f"<a href='{prefix}-{number}.htm'>{number}</a> "
        for number in numbers
    ]


def _pager_jump(prefix: str, total: int) -> str:
    return (
        "<span id='go'><input size='4' maxlength='4' mask='int' /><input type='button' value='GO' "
        f"onclick=\"disabled=true;window.open('{prefix}-1.htm'.replace('-1','-'+"
        f"Math.min(parseInt(previousSibling.value)||1,{total})),'_self')\"/></span>"
    )


def _heading(heading: str) -> str:
    return f'<div class="title"><span id="CurrentlyNode">{heading}</span></div>{CRLF}' if heading else ""


def _stamp_cells(row: tuple[str, str, str, bool], facts: Mapping[str, str], *, has_third: bool) -> str:
    field, label, unit, _ = row
    third = "<td></td>" if has_third else ""
    return f"<tr><td>{label}:</td><td>{_stamp_value(field, unit, facts)}</td>{third}</tr>"


def _stamp_value(field: str, unit: str, facts: Mapping[str, str]) -> str:
    return f"<span id='StampID{field}'>{facts.get(field, '')}</span>{unit}"


def _stamp_content(content: str) -> str:
    return f"<span id='StampIDcontent'>{content}</span>"


def _unquote_tag(tag: str) -> str:
    return re.sub(r"""=(["'])([^\s"'=<>`]+)\1""", r"=\2", tag)
