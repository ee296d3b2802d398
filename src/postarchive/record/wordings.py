"""Every wording of a stamp's labels, in both languages, and what it means.

Wordings depend on the template's age: `Value in Set` and `Printing Process` on copies of 2018-19, `Piece in Set` and
`Printing Technology` since 2021 (SITE.md §6).
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Meaning(StrEnum):
    """What a fact says about a stamp; the names are those of the columns in tables."""

    TITLE = "title"
    SERIAL = "serial"
    ISSUED = "issued"
    DENOMINATION = "denomination"
    PIECES = "pieces"
    DESIGNER = "designer"
    SIZE = "size"
    PERFORATION = "perforation"
    SHEET_COMPOSITION = "sheet_composition"
    PRINTER = "printer"
    PRINTING = "printing"
    PHOTOGRAPHER = "photographer"
    ARTIST = "artist"
    EDITOR = "editor"


# Every known wording, as the pages print it; upper and lower case do not matter.
WORDINGS: Final[Mapping[Meaning, tuple[str, ...]]] = MappingProxyType(
    {
        Meaning.TITLE: ("Stamp Title", "Title", "邮票名称", "郵票名稱"),
        Meaning.SERIAL: ("Serial Number", "志号", "志號"),
        Meaning.ISSUED: ("Date of Issue", "Issue Date", "发行日期", "發行日期", "发行时间", "發行時間"),
        Meaning.DENOMINATION: ("Denomination", "Face Value", "面值"),
        Meaning.PIECES: ("Value in Set", "Values in Set", "Piece in Set", "Pieces in Set", "全套枚数", "套票枚数"),
        Meaning.DESIGNER: ("Designer", "Designers", "设计者", "設計者"),
        Meaning.SIZE: (
            "Size of Stamp",
            "Size of Stamps",
            "Size of the Stamp",
            "Size of the Stamps",
            "规格",
            "邮票规格",
        ),
        Meaning.PERFORATION: ("Perforation", "齿孔度数", "齒孔度數"),
        Meaning.SHEET_COMPOSITION: (
            *("Sheet Composition", "Composition of Sheet", "Composition of the Sheet", "整张枚数"),
        ),
        Meaning.PRINTER: ("Printer", "Printers", "印制厂", "印刷厂", "印制单位"),
        Meaning.PRINTING: (
            "Printing Process",
            "Printing Technology",
            "Printing Method",
            "版别",
            "印刷工艺",
            "印制工艺",
            "印刷方式",
        ),
        Meaning.PHOTOGRAPHER: ("Photographer",),
        Meaning.ARTIST: ("Artist",),
        Meaning.EDITOR: ("Editor",),
    }
)
# What any other label means, by a word in it.
LOOSELY: Final = (
    (Meaning.SERIAL, re.compile(r"serial|志号|志號", re.IGNORECASE)),
    (Meaning.ISSUED, re.compile(r"date of issue|issue date|issued(?! by\b)|发行日期|發行日期", re.IGNORECASE)),
    (Meaning.DENOMINATION, re.compile(r"denomination|face value|面值", re.IGNORECASE)),
    (Meaning.TITLE, re.compile(r"邮票名称")),
    (Meaning.DESIGNER, re.compile(r"^designer", re.IGNORECASE)),
)
COLUMNS: Final = (
    *(Meaning.PIECES, Meaning.DESIGNER, Meaning.SIZE, Meaning.PERFORATION, Meaning.SHEET_COMPOSITION),
    *(Meaning.PRINTER, Meaning.PRINTING),
)
# Wordings that the fingerprint treats as one label, in lower case. Fingerprints are permanent, so this list never
# grows: a wording added to it would make a new version of every stamp that has it.
ONE_IN_A_FINGERPRINT: Final = MappingProxyType(
    {
        "value in set": "number in set",
        "piece in set": "number in set",
        "pieces in set": "number in set",
        "printing process": "printing",
        "printing technology": "printing",
    }
)
