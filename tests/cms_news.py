"""The news of the English site: each page is there for one trait of SITE.md §4.

Only the seed page's sentences are the site's own; all others are invented. Node ids and printed dates are real where
§12 lists them.
"""

from dataclasses import dataclass
from typing import TypedDict, Unpack

import cms
from cms import BARE, OF_2018, OF_2019, OF_2022, OF_2024, OF_2025, UPLOADS, Frame, Row, paragraphs, path
from cms_frame import CRLF, Node


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A news page: its node, the row that lists it, and the content region's HTML."""

    node: int
    title: str
    date: str
    content: str
    created: str
    source: str = ""
    frame: Frame = OF_2022
    father: int = cms.PRESSROOM

    @property
    def href(self) -> str:
        """Return the page's address on its host."""
        return path("report", self.node)

    @property
    def row(self) -> Row:
        """Return the row that lists the page."""
        return Row(self.href, self.title, self.date)

    def html(self) -> str:
        """Return the whole page."""
        node = Node(id=self.node, title=self.title, father=self.father, created=self.created, source=self.source)
        return cms.page(node, self.content, frame=self.frame)


class NewsOptions(TypedDict, total=False):
    """What a news page may set beside its text; the rest follows from the date."""

    created: str
    source: str
    frame: Frame
    father: int


# --- the seed page: its text is the site's own ------------------------------------------------------------------------

SEED_TITLE = "China Post releases action plan for serving rural revitalization"
SEED_BODY = (
    (
        "Recently, China Post Group Corporation Limited issued the China Post 2023-2025 Action Plan for Serving "
        "Rural Revitalization Strategy (hereinafter referred to as the Action Plan)."
    ),
    (
        "Since 2018, focusing on solving the painful problems of financing, sales and logistics in rural areas, "
        "and giving full play to its innate resource advantages in the integrated flow of commodity, logistics, "
        "capital and information, China Post has been constantly strengthening the top-level design, and "
        "promoting comprehensive service solutions that integrate rural e-commerce, inclusive finance, delivery "
        "and logistics. As a result, it has gradually built a collaborative service ecosystem which will not only "
        "bring benefits to farmers and consumers, but also expand China Post’s customer base and build up the "
        "government’s popularity and reputation, and thereby laid a solid foundation for comprehensively "
        "promoting rural revitalization and facilitating agricultural and rural modernization."
    ),
    (
        "According to the Action Plan, by 2025, China Post’s capabilities of providing inclusive services, "
        "meeting essential needs and ensuring basic living standards will be remarkably strengthened to serve "
        "rural revitalization and facilitate agricultural and rural modernization. A postal model will be "
        "completed and rolled out to solve the financing, sales and logistics problems in rural areas through its "
        "integrated commodity, logistics, capital and information flow. China Post’s market channels, networks "
        "and customer base in rural areas will be consolidated all the more, and its competitiveness greatly "
        "increased. Its capabilities to promote rural modernization will be significantly enhanced, and the "
        "quality and efficiency in facilitating agricultural modernization greatly improved. Moreover, China "
        "Post’s accomplishments in boosting poverty alleviation will be reinforced and extended, and the "
        "responsibilities of serving rural revitalization fulfilled."
    ),
    (
        "The Action Plan launches 17 major tasks in such three directions as deepening industrial coordination to "
        "serve industry revitalization and facilitate agricultural modernization, strengthening rural services to "
        "promote rural construction and help rural modernization, and securing targeted assistance and assistance "
        "through finance and e-commerce.  "
    ),
)
SEED = News(
    node=23048456,
    title=SEED_TITLE,
    date="2023-03-29",
    created="2023-03-31",
    source="China Post News",
    content=cms.article(SEED_TITLE, paragraphs(*SEED_BODY), byline=cms.byline("China Post News", "2023-03-29")),
)


# --- the Pressroom ----------------------------------------------------------------------------------------------------


def news(node: int, title: str, date: str, content: str, **more: Unpack[NewsOptions]) -> News:
    """Return a news page; the CMS created its node on the printed date by default."""
    more.setdefault("created", date)
    return News(node=node, title=title, date=date, content=content, **more)


def pressroom() -> tuple[News, ...]:
    """Return the news of the Pressroom, newest first; each is here for one trait of SITE.md §4."""
    return (
        pressroom_heading_and_bars(),
        subtitle_without_byline(),
        subtitle_with_byline(),
        pressroom_heading_and_subtitle(),
        empty_source(),
        foreign_source_and_colon(),
        typographic_dirt(),
        SEED,
        bodies_of_breaks(),
        editor_marker_unsplit(),
        in_two_parts(1),
        stray_end_of_span(),
        leading_quote_and_attachments(),
        word_leftovers(),
        subtitle_in_old_template(),
        blanks_outside_the_span(),
        blanks_inside_the_span(),
        date_glued_to_title(),
        caption_first(),
    )


def pressroom_heading_and_bars() -> News:
    """Show the newest form: `Pressroom` as the heading line, title once, `Airmail items` in the sidebar."""
    title = "Autumn oranges leave the Three Gorges by mail drone"
    body = paragraphs(
        "On November 6, drones of China Post carried the first oranges of the season over the river at Zigui.",
        "Each flight takes seven minutes; the ferry takes fifty.",
    )
    content = cms.article(title, body, heading="Pressroom", byline=cms.byline("China Post News", "2025-11-07"))
    return news(251110263, title, "2025-11-07", content, source="China Post News", frame=OF_2025)


def subtitle_without_byline() -> News:
    """Show a subtitle and then the text: it shows no date and no source; only the list knows a date."""
    title, below = "A letter box at the top of the pass", "how Post Office No. 9 keeps its shutters open"
    body = paragraphs("The road ends at 4,700 meters. The post office does not.", "It sells nine stamps on a good day.")
    content = cms.article(title, body, subtitle=below)
    return news(23118535, title, "2023-10-30", content, created="2023-11-02", frame=OF_2024)


def subtitle_with_byline() -> News:
    """Show the title line repeated with `—— subtitle` after it, then the byline."""
    title, below = "Green vans reach every village of the county", "a year of shared delivery in Liping"
    body = paragraphs(
        "In August, the last of 403 villages of Liping was joined to the shared delivery network.",
        "1. One counter",
        "Parcels of five companies are handed out at one counter.",
        "2. One van",
        "The van that brings parcels takes mushrooms back.",
    )
    content = cms.article(title, body, subtitle=below, byline=cms.byline("China Post News", "2023-09-02"))
    return news(23096027, title, "2023-09-02", content, source="China Post News", frame=OF_2024)


def pressroom_heading_and_subtitle() -> News:
    """Show `Pressroom` above, a subtitle below, a picture whose caption is the next paragraph."""
    title, below = "Flood mail gets through in Zhuozhou", "boats, bicycles and one borrowed tractor"
    body = CRLF.join(
        (
            paragraphs("&nbsp;"),
            cms.picture(f"{UPLOADS}/2308/23080011.jpg"),
            paragraphs(
                "Carriers load medicine onto a boat in Zhuozhou, Hebei Province. [China Post News / WANG Min]",
                "All 27 mail routes of the city were open again on the third day.",
            ),
        )
    )
    content = cms.article(
        title, body, heading="Pressroom", subtitle=below, byline=cms.byline("China Post News", "2023-08-01")
    )
    return news(230814476, title, "2023-08-01", content, source="China Post News", frame=OF_2024)


def empty_source() -> News:
    """Show `||2023-06-10`: the bars are printed around an empty span."""
    title = "Wheat harvest lines opened at 1,200 post offices"
    body = paragraphs("Harvester drivers can eat, sleep and recharge at 1,200 post offices along their way north.")
    content = cms.article(title, body, heading="Pressroom", byline=cms.byline("", "2023-06-10"))
    return news(230613437, title, "2023-06-10", content, frame=OF_2024)


def foreign_source_and_colon() -> News:
    """Show a source that is not China Post's, a colon in the title, and a link of the CMS's auto-linker in the text."""
    title = "Tea road: first spring parcels leave Fuding by bullet train"
    link = "<a target='_blank' href='/html1/category/1408/4055-1.htm'>Universal Postal Service</a>"
    body = paragraphs(
        "Boxes of white tea picked at dawn were on the 10: 35 train to Shanghai.",
        f"The train belongs to no timetable of the {link} ,but it keeps one.",
    )
    content = cms.article(title, body, byline=cms.byline("Eyesnews app", "2023-04-07"))
    return news(230412214, title, "2023-04-07", content, source="Eyesnews app")


def typographic_dirt() -> News:
    """Show digits opening the title; curly and unbalanced quotes, bare `&`, U+00A0 and `&nbsp;`, a zero-width blank."""
    title = "3.2 million R&D parcels & counting"
    body = paragraphs(
        "China Post’s “Lab to Lab” line, opened in Hefei& Wuhan, moved its 3,200,000th parcel on March 30.",
        "\u00a0",
        '&nbsp;The fee is ¥2.40 (US$0.35)\u00a0&nbsp;per kilogram, said the station\u200bmaster, a fan of “slow mail".',
        "Phase Ⅱ begins <font color='red'>in May</font>; tem\u00adperature control costs <b>nothing</b> extra.",
        "&nbsp;&nbsp;",
    )
    content = cms.article(title, body, byline=cms.byline("China Post News", "2023-03-31"))
    return news(23048450, title, "2023-03-31", content, source="China Post News")


def bodies_of_breaks() -> News:
    """Show a text without paragraphs: lines on `<br />`, paragraphs on two; source `China Post` without blanks."""
    title = "Warm-up for the stamp carnival in Harbin"
    body = (
        "Registration for the stamp carnival is open from today.<br /><br />\r\n"
        "Warm-up period: July 1 to July 9 <br />\r\nCarnival: July 10 to July 20<br/>Place:&nbsp; Central Street\r\n"
        "<br>\r\n<br>Visitors need a ticket only on the first day."
    )
    content = cms.article(title, body, byline=cms.byline("China Post", "2022-06-29"))
    return news(22075936, title, "2022-06-29", content, source="China Post")


def editor_marker_unsplit() -> News:
    """Show a page-break marker of the newer editor, which the CMS does not split at and leaves in the page."""
    title = "Lychees travel 2,100 kilometers overnight"
    # The CMS splits at `display: none"`, so the `;` keeps this one whole.
    marker = '<div style="page-break-after: always;"><span style="display: none;">&nbsp;</span></div>'
    body = CRLF.join(
        (
            paragraphs("Picked in Maoming at six, sold in Beijing at eight: 14 hours by air."),
            marker,
            paragraphs("Four freighters of China Post fly the route until the season ends in July."),
        )
    )
    content = cms.article(title, body, byline=cms.byline("China Post News", "2022-06-08"))
    return news(220613122, title, "2022-06-08", content, source="China Post News")


def in_two_parts(sheet: int) -> News:
    """Show an article in parts: `-1` and `-2`, each with the pager inside the text span."""
    title = "Six days on the mail boat of Lake Fuxian"
    halves = (
        paragraphs("Day one begins with forty newspapers and a goat.", "By noon the goat has been delivered."),
        paragraphs("On day six the boat is empty.", "The skipper reads the one newspaper nobody came for."),
    )
    prefix = path("report", 22033375).removesuffix("-1.htm")
    body = cms.part(halves[sheet - 1], path_prefix=prefix, sheet=sheet, total=len(halves))
    content = cms.article(title, body, byline=cms.byline("China Post News", "2022-02-23"))
    return news(22033375, title, "2022-02-23", content, source="China Post News", created="2022-03-01")


def stray_end_of_span() -> News:
    """Show a surplus `</span>` in the first paragraph; browsers ignore it. Source with blanks, accented letters."""
    title = "Côte and coast: two posts sign in Qingdao"
    body = (
        "<p>The posts of two countries signed a plan for</span> parcels by sea on August 26.</p>\r\n"
        '<p><span style="font-size: 14px;">It names <span style="color: #333;">Dêgê</span> and Yamoussoukro</span> '
        "as its first offices.</p>\r\n<p>Ships sail on Tuesdays.</p>"
    )
    content = cms.article(title, body, byline=cms.byline(" State Post Bureau ", "2021-08-27"))
    return news(2109195536, title, "2021-08-27", content, source=" State Post Bureau ", created="2021-09-14")


def leading_quote_and_attachments() -> News:
    """Show a title that opens with a quote; a file of the CMS's download action and a PDF below `/res`."""
    title = '"Door to Door" handbook published for rural carriers'
    body = CRLF.join(
        (
            paragraphs("The handbook explains 60 everyday cases, from wet parcels to shy dogs."),
            f"<p>{cms.attachment('U2FsdGVkX19Dx7', 'Handbook for rural carriers.pdf')}</p>",
            (
                f'<p>Map of routes: <a href="{UPLOADS}/2106/55b0c1d9e2f34a67b8c90d1e2f3a4b5c.pdf" target="_blank">'
                "Routes (PDF)</a></p>"
            ),
        )
    )
    content = cms.article(title, body, byline=cms.byline(" China Post News ", "2021-06-28"))
    return news(21076070, title, "2021-06-28", content, source=" China Post News ", created="2021-07-01")


def word_leftovers() -> News:
    """Show a text pasted from a word processor: its classes, `o:p`, conditional comments; the title has a bare `&`."""
    title = "Bond & box: Shenzhen customs lane cut to nine minutes"
    body = (
        '<p class="MsoNormal" style="text-indent: 21.0pt;"><span lang="EN-US" style="font-family: Arial;">The lane for '
        "bonded parcels in Shenzhen now takes nine minutes.<o:p></o:p></span></p>\r\n"
        '<p class="MsoNormal"><!--[if !supportLists]--><span lang="EN-US">1  <!--[endif]-->Scan&nbsp;</span>'
        '<span lang="EN-US">once<o:p></o:p></span></p>\r\n'
        '<p class="MsoNormal"><?xml:namespace prefix = o ns = "urn:schemas-microsoft-com:office:office" />'
        '<span lang="EN-US">2  Seal once<o:p>&nbsp;</o:p></span></p>\r\n'
        "<style>.MsoNormal {margin: 0}</style><script>document.title = document.title;</script>\r\n"
        '<p class="MsoNormal"><span lang="EN-US"><o:p>&nbsp;</o:p></span></p>'
    )
    content = cms.article(title, body, byline=cms.byline(" China Post News ", "2021-01-15"))
    return news(21019889, title, "2021-01-15", content, source=" China Post News ")


def subtitle_in_old_template() -> News:
    """Show `—— subtitle` in the template without `h1`, the byline after a line break."""
    title, below = "Forty years behind one counter", "the last working day of Li Shulan"
    body = paragraphs("She has stamped eleven million letters and read none of them.", "(China Post)")
    content = cms.old_article(title, body, subtitle=below, byline=f"<br/>{cms.bars(' China Post ', '2019-04-30')}")
    return news(1906902694, title, "2019-04-30", content, source=" China Post ", frame=OF_2019)


def blanks_outside_the_span() -> News:
    """Show `| China Post |` whose blanks the template prints, not the source name."""
    title = "Qingming flowers by parcel:what may be sent"
    body = paragraphs("Paper flowers may be sent, candles may not.", "A list hangs in every post office on April 5.")
    spans = "<span id='ReportIDMediaName'>China Post</span> |<span id='ReportIDIssueTime'>2019-04-01</span>"
    content = cms.old_article(title, body, byline=f"<br/>| {spans}")
    return news(1906888903, title, "2019-04-01", content, source="China Post", frame=OF_2019)


def blanks_inside_the_span() -> News:
    """Show `| China Post |` as a source name with blanks of its own."""
    title = "First rail parcels from Chongqing arrive in Lodz"
    body = paragraphs("The train took 13 days, a third of the time at sea.", "Its 44 containers held shoes & toys.")
    content = cms.old_article(title, body, byline=f"<br/>{cms.bars(' China Post ', '2019-03-22')}")
    return news(1906877291, title, "2019-03-22", content, source=" China Post ", frame=OF_2019)


def date_glued_to_title() -> News:
    """Show the oldest byline: no source, the date touches the title."""
    title = "New sorting line runs in Zhengzhou"
    body = paragraphs("The line reads 30,000 addresses an hour.", "It cannot read the handwriting of doctors.")
    content = cms.old_article(title, body, byline=cms.glued_date("2016-03-30"))
    return news(160362546, title, "2016-03-30", content, frame=OF_2018)


def caption_first() -> News:
    """Show a caption that touches the byline and ends in `[China Post]`; the last paragraph is `(China Post)`."""
    title = "Bicycle mail returns to the old town of Pingyao"
    body = CRLF.join(
        (
            "Carrier Zhao Ming (second on right) starts his round in Pingyao, Shanxi Province.[China Post]",
            cms.picture(f"{UPLOADS}/1508/15080107.jpg"),
            paragraphs(
                "Vans no longer enter the walls from eight to eight.", "Six bicycles do.", "&nbsp;", "(China Post)"
            ),
        )
    )
    content = cms.old_article(title, body, byline=cms.glued_date("2015-08-31"))
    return news(1610484755, title, "2015-08-31", content, created="2016-10-12", frame=OF_2018)


# --- the smaller columns ----------------------------------------------------------------------------------------------


def postman_stories() -> tuple[News, ...]:
    """Return the stories of the sidebar's first column."""
    return table_of_pictures(), campaign(), title_ends_in_quote(), title_ends_in_year()


def table_of_pictures() -> News:
    """Show pictures in table cells, each caption in the cell beside or below; a nested table in one of them."""
    title = "A postwoman's spring in Enshi"
    body = (
        '<table border="0"><tbody><tr><td>'
        f'<img src="{UPLOADS}/2004/20040021.jpg" alt="20040021" /></td>\r\n'
        "<td>Tan Dongmei crosses the hanging bridge.<br />[China Post]</td></tr>\r\n"
        f'<tr><td><img src="{UPLOADS}/2004/20040022.jpg" alt="" /></td><td><table><tr><td>Seeds</td><td>and masks'
        "</td></tr></table></td></tr>\r\n<tr><td>&nbsp;</td><td></td></tr></tbody></table>\r\n"
        "<p>In April she carried 180 bags of seed up the mountain.</p>"
    )
    content = cms.article(title, body, byline=cms.byline(" China Post ", "2020-04-21"))
    options = NewsOptions(source=" China Post ", frame=OF_2019, father=cms.POSTMAN_STORY)
    return news(200412905, title, "2020-04-21", content, **options)


def campaign() -> News:
    """Show a campaign page: title once, an editor's name with the date glued to it, three captions, no frame around."""
    title = "Wings over the wall"
    pictures = (
        (f"{UPLOADS}/1409/14093701.jpg", "A pigeon post is reenacted at Badaling.(L)"),
        (f"{UPLOADS}/1409/14093702.jpg", "Children read the tiny letters.(C)"),
        (f"{UPLOADS}/1409/14093703.jpg", "The last bird comes home.(R)"),
    )
    body = CRLF.join(cms.picture(file) + CRLF + paragraphs(caption) for file, caption in pictures)
    content = cms.old_article(title, body, heading="", byline=f"<br/>{cms.editor_line('Chen Xi', '2014-09-29')}")
    return news(1409372593, title, "2014-09-29", content, frame=BARE, father=cms.POSTMAN_STORY)


def title_ends_in_quote() -> News:
    """Show a glued date after a quote."""
    title = "Young sorters speak of the 'Two Sessions'"
    body = paragraphs("Five sorters under thirty say what they would ask a deputy.", "Shorter nights, says one.")
    content = cms.old_article(title, body, byline=cms.glued_date("2014-03-06"))
    return news(14030189, title, "2014-03-06", content, frame=OF_2018, father=cms.POSTMAN_STORY)


def title_ends_in_year() -> News:
    """Show a glued date after a year: `in 20132014-02-08`; the body has a numbered list on line breaks."""
    title = "Ten postmen who moved us in 2013"
    body = (
        "<p>Readers chose ten carriers.</p>\r\n<p>1. Ma Banma<br />\r\nHe swam with the mail.</p>\r\n"
        "<p>2. Ga Mi<br />He walked.</p>"
    )
    content = cms.old_article(title, body, byline=cms.glued_date("2014-02-08"))
    return news(14020109, title, "2014-02-08", content, frame=OF_2018, father=cms.POSTMAN_STORY)


def postal_equipments() -> tuple[News, ...]:
    """Return the news of the sidebar's second column: the oldest on the site."""
    return title_once_with_chinese(), import_day()


def title_once_with_chinese() -> News:
    """Show the title once, a Latin name glued to its Chinese form."""
    title = "Mail robot XiaolvZhu小绿猪 on trial in Hangzhou"
    body = paragraphs("The robot climbs stairs but not kerbs.", "It will learn, says its maker.")
    content = cms.article(title, body, heading="", byline=cms.byline(" China Post ", "2012-06-20"))
    options = NewsOptions(source=" China Post ", frame=OF_2019, father=cms.POSTAL_EQUIPMENTS)
    return news(12060248, title, "2012-06-20", content, **options)


def import_day() -> News:
    """Show a story of 2011 dated with the day of the import; its own source line closes the text."""
    title = "Sorting hall roof feeds the grid"
    body = paragraphs("Since autumn 2011, the roof makes more power than the belts need.", "(Source: China Post News)")
    content = cms.article(title, body, byline=cms.byline(" China Post ", "2012-03-13"))
    options = NewsOptions(source=" China Post ", frame=OF_2022, father=cms.POSTAL_EQUIPMENTS)
    return news(12030197, title, "2012-03-13", content, **options)


def airmail_items() -> tuple[News, ...]:
    """Return the one page of the sidebar's fourth column: no byline, a table of prices."""
    title = "Airmail letters to Europe: limits of size"
    body = (
        "<table><tr><th>Item</th><th>Length</th><th>Weight</th></tr>\r\n"
        "<tr><td>Letter</td><td><p>60 cm</p></td><td>2 kg</td></tr>\r\n"
        "<tr><td>Postcard</td><td>23.5 cm</td><td></td></tr></table>"
    )
    content = cms.article(title, body, heading="Airmail items")
    return (news(25039880, title, "2025-03-20", content, frame=OF_2025, father=cms.AIRMAIL_ITEMS),)
