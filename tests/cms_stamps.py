"""The stamps of the English site: each page is there for one trait of SITE.md §5.4 or §6.

Titles that show the cutting rule are the site's; facts and descriptions are invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict, Unpack

import cms
from cms import OF_2018, OF_2019, OF_2022, OF_2024, OF_2025, UPLOADS, Frame, StampRow, paragraphs, path
from cms_frame import STAMP, Node


@dataclass(frozen=True, slots=True, kw_only=True)
class StampPage:
    """A stamp: its node, what the list says of it, and the content region's HTML."""

    node: int
    title: str
    code: str
    description: str
    content: str
    created: str
    year: int
    frame: Frame

    @property
    def row(self) -> StampRow:
        """Return the row that lists the stamp, with a picture on every stamp that has a serial number."""
        picture = f"{UPLOADS}/stamp/{self.node}.jpg" if self.code else ""
        return StampRow(path("stamp", self.node), self.title, self.code, self.description, picture)

    def html(self) -> str:
        """Return the whole page."""
        father = cms.STAMPS_OF_YEAR[self.year]
        node = Node(id=self.node, title=self.title, type=STAMP, father=father, created=self.created)
        return cms.page(node, self.content, frame=self.frame)


class StampOptions(TypedDict, total=False):
    """What a stamp may set beside its facts."""

    heading: str
    description: str
    content: str
    created: str
    image: str


def stamp_page(
    node: int, title: str, facts: Mapping[str, str], *, year: int, frame: Frame, **more: Unpack[StampOptions]
) -> StampPage:
    """Return a stamp whose labels follow the template's age; the facts hold serial number and date of issue."""
    rows = cms.STAMP_ROWS_OF_2018 if frame in (OF_2018, OF_2019) else cms.STAMP_ROWS_OF_2021
    description = more.get("description", paragraphs(f"This issue shows {title}.", "The sheets are gummed."))
    content = more.get("content") or cms.stamp(
        {"subject": title, **facts},
        rows,
        heading=more.get("heading", title),
        content=description,
        image=more.get("image", ""),
    )
    created = more.get("created", facts.get("rtime", ""))
    return StampPage(
        node=node,
        title=title,
        code=facts.get("code", ""),
        description=description,
        content=content,
        created=created,
        year=year,
        frame=frame,
    )


def stamps() -> tuple[StampPage, ...]:
    """Return all stamps, in the order of their lists."""
    return (*stamps_of_2017(), *single_stamps())


def stamps_of_2017() -> tuple[StampPage, ...]:
    """Return the stamps of 2017: titles of every length that the cutting rule distinguishes (SITE.md §5.4)."""
    table = (
        (171170931, "Jades of the Hongshan Culture", "2017-31", "2017-12-09", "4", "4.8"),
        (171164327, "Scroll of Bathing Horses", "2017-30", "2017-10-18", "2+1", "6.0"),
        (171092040, "Protection of Consumer Rights and Interests", "2017-24", "2017-09-15", "1", "1.2"),
        (171162186, "China-ASEAN Expo", "2017-22", "2017-08-28", "1", "1.2"),
        (170761518, "Yangtze River Economic Zone", "2017-20", "2017-08-18", "6", "7.2"),
        (170741377, "Court Ladies Preparing Newly-Woven Silk", "2017-17", "2017-07-08", "3", "4.5"),
        (170651216, "20th Anniversary of Hong Kong’s return to the Motherland", "2017-16", "2017-07-01", "3", "3.9"),
        (170541489, "Children’s Games(Ⅰ)", "2017-13", "2017-05-31", "6", "7.2"),
        (170341164, 'The "Green Train" in the snow of Tanggula', "2017-10", "2017-04-12", "2 (issued jointly)", "2.4"),
        (170261033, "Title: Fruits (Ⅲ)", "", "2017-02-20", "4", "3.6"),
    )
    return tuple(_stamp_of_2017(*row) for row in table)


def _stamp_of_2017(*row: *tuple[int, str, str, str, str, str]) -> StampPage:
    node, title, code, issued, pieces, denomination = row
    facts = {"code": code, "rtime": issued, "inumber": pieces, "denomination": denomination, **PRINTED}
    frame = OF_2018 if node % 2 else OF_2022
    return stamp_page(node, title, facts, year=2017, frame=frame)


PRINTED = {
    "designer": "Xu Lin & Ma Lihang",
    "dimension": "30×40mm",
    "perforation": "13.5",
    "part": "20 for Layout Ⅰ and 8 for Layout Ⅱ",
    "printers": "Beijing Stamp Printing House",
    "printing": "offset intaglio",
}


def single_stamps() -> tuple[StampPage, ...]:
    """Return one or two stamps for each other year, each with a trait of SITE.md §6."""
    return (
        empty_stamp(),
        shifted_stamp(),
        stamp_of_old_labels(),
        stamp_against_its_prose(),
        stamp_without_table(),
        stamp_without_heading(),
        stamp_with_picture(),
    )


def empty_stamp() -> StampPage:
    """Show a stamp whose fields nobody filled in: `0.0 yuan`, the date of entry, rows missing."""
    text = paragraphs("A kingfisher waits above the reeds of Weishan Lake.", "The stamp was first sold in 2010.")
    facts = {"denomination": "0.0", "rtime": "2012-03-14"}
    return stamp_page(12060192, "Kingfisher", facts, year=2012, frame=OF_2019, description=text)


def shifted_stamp() -> StampPage:
    """Show values one row too high: the printing process follows `Printer:`."""
    facts = {"code": "2014-16", "inumber": "4", "denomination": "4.8", "rtime": "2014-07-02"} | PRINTED
    facts |= {"printers": "Offset", "printing": "", "dimension": "36 x 36 mm ", "part": "12 (4 sets)"}
    return stamp_page(14075680, "Lanterns of Zigong", facts, year=2014, frame=OF_2022)


def stamp_of_old_labels() -> StampPage:
    """Show the labels of the template up to 2019: `Value in Set`, `Printing Process`."""
    facts = {"code": "2018-9", "inumber": "20", "denomination": "24.0", "rtime": "2018-04-22"} | PRINTED
    return stamp_page(180642061, "Fruits (1)", facts, year=2018, frame=OF_2018)


def stamp_against_its_prose() -> StampPage:
    """Show a table that says 2.0 yuan beside a description that says 2.4."""
    text = paragraphs("The sow and her piglets face left.", "The set of two has a face value of 2.4 yuan.")
    facts = {"code": "2019-1", "inumber": "2", "denomination": "2.0", "rtime": "2019-01-05"} | PRINTED
    return stamp_page(1814353315, "Year of the Pig", facts, year=2019, frame=OF_2019, description=text)


def stamp_without_table() -> StampPage:
    """Show label and value in one paragraph each; no heading either."""
    title, text = "Year of the Tiger", paragraphs("A tiger looks up the mountain.", "1. The mother; 2. The cubs.")
    facts = {"code": "2022-1", "inumber": "2", "denomination": "2.4", "rtime": "2022-01-05"} | PRINTED
    content = cms.stamp_lines({"subject": title, **facts}, cms.STAMP_ROWS_OF_2021, content=text)
    return stamp_page(220318657, title, facts, year=2022, frame=OF_2022, description=text, content=content)


def stamp_without_heading() -> StampPage:
    """Show no heading line; a shape in the size, a printer with a misspelt name, as the site has it."""
    facts = {"code": "2024-1", "inumber": "2", "denomination": "2.4", "rtime": "2024-01-05"} | PRINTED
    facts |= {"dimension": "50×33.8mm (special-shaped)", "printers": "Shenyang Post Printing Factor"}
    return stamp_page(24022015, "Year of the Dragon", facts, year=2024, frame=OF_2024, heading="", created="2024-02-01")


def stamp_with_picture() -> StampPage:
    """Show a picture in the third cell of the title's row, spanning the rows below."""
    facts = {"code": "2025-20", "inumber": "2+1", "denomination": "8.4", "rtime": "2025-09-21"} | PRINTED
    image = f"{UPLOADS}/2510/25102112.jpg"
    return stamp_page(25102112, "Harvest moon", facts, year=2025, frame=OF_2025, heading="", image=image)
