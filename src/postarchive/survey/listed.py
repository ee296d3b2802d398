"""The lists of a host: which exist, how many rows a sheet has, what a row holds, and what the pager says."""

import re
from typing import Final

from postarchive.jsonvalue import Json, JsonObject
from postarchive.pages import Reading
from postarchive.pages.cms.frame import FIELD_IDS
from postarchive.pages.cms.rows import find_rows, is_date
from postarchive.record.values import Listing
from postarchive.survey.around import path_to
from postarchive.survey.visit import Found, Purpose, Requested, Visit, shortened, urls_of
from postarchive.urls import parse_address

PAGER: Final = ("CBFirst", "CBPrev", "CBNext", "CBLast")
CHINESE: Final = re.compile(r"[\u3400-\u9fff]")


def lists(visit: Visit) -> Found:
    """Say for each list its node, how many rows and sheets it has, and what its rows hold."""
    pages = visit.shown("listing")
    if not pages:
        return Found(None, {}, why=visit.why_no_response(Purpose.LIST))
    described = [_describe(item, reading) for item, reading in pages]
    words = "; ".join(
        f"{shortened(str(one['name']))} ({one['node']}): {_counted(one['rows'])} on sheet {one['sheet']} of "
        f"{one['sheets']}"
        for one in described
    )
    return Found(words, {"lists": list[Json](described)}, urls_of(item for item, _ in pages))


def _counted(rows: Json) -> str:
    return f"{rows} row{'' if rows == 1 else 's'}"


def _describe(item: Requested, reading: Reading) -> JsonObject:
    page, rows = reading.page, find_rows(reading.tree)
    entries = page.entries if isinstance(page, Listing) else ()
    fields = [span for span in reading.tree.within(rows[0].place) if span.name.startswith(FIELD_IDS)] if rows else []
    names = [span.attributes.get("id", "") for span in fields]
    dates = [reading.tree.line(span) for span in fields if is_date(span)]
    return {
        "name": page.title or item.label or "(no name)",
        "url": item.url,
        "node": page.node,
        "sheet": page.sheet,
        "sheets": page.sheets if isinstance(page, Listing) else 1,
        "rows": len(entries),
        "row_fields": list[Json](names),
        "row_date": dates[0] if dates else None,
        "row_path": path_to(rows[0].title) if rows else None,
        "dated_rows": sum(1 for entry in entries if entry.date),
        "leads_to": list[Json](sorted({_kind_of(entry.url) for entry in entries})),
    }


def _kind_of(url: str) -> str:
    address = parse_address(url)
    return address.kind if address is not None else "elsewhere"


def page_size(visit: Visit) -> Found:
    """Say how many rows a full sheet has, that is, any but the last of its list."""
    full = {
        item.url: len(reading.page.entries)
        for item, reading in visit.shown("listing")
        if isinstance(reading.page, Listing) and reading.page.sheet < reading.page.sheets
    }
    if not full:
        why = (
            "no list with more than one sheet was found"
            if visit.shown("listing")
            else visit.why_no_response(Purpose.LIST)
        )
        return Found(None, {}, why=why)
    sizes = sorted(set(full.values()))
    return Found(f"{' or '.join(map(str, sizes))} rows on a full sheet", {"pages": dict(full)}, tuple(full))


def pager(visit: Visit) -> Found:
    """Say how the pager's links are worded, and so in which language."""
    labels, pages = dict[str, Json](), list[str]()
    for item, reading in visit.shown("listing"):
        for name in PAGER:
            for span in reading.tree.some(name.lower()):
                labels.setdefault(name, reading.tree.line(span))
                pages.append(item.url)
    if not labels:
        why = "no list found has a pager" if visit.shown("listing") else visit.why_no_response(Purpose.LIST)
        return Found(None, {}, why=why)
    language = "Chinese" if any(CHINESE.search(str(label)) for label in labels.values()) else "not Chinese"
    shown = ", ".join(f"{name} {label!r}" for name, label in labels.items())
    return Found(
        shortened(f"{language}: {shown}"), {"labels": labels, "language": language}, tuple(dict.fromkeys(pages))
    )
