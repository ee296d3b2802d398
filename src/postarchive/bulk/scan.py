"""The wanted records of a WARC file, found at the speed of skipping the others.

fastwarc skips a record as fast as its bytes can be unpacked, but does not report where damage is, or that the last
record is cut off. So it only says where a wanted record begins, and `foreign`, which checks everything, reads it there.
Where fastwarc gives up, and after the last record it saw, `foreign` takes over.
"""

import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

from fastwarc.warc import ArchiveIterator, WarcRecordType

from postarchive.errors import PostarchiveError
from postarchive.foreign.bounds import Allowance, Broken
from postarchive.foreign.pieces import Content
from postarchive.foreign.records import Damage, ForeignRecord, read_member, read_records
from postarchive.foreign.responses import is_in_scope
from postarchive.paths import open_regular
from postarchive.urls import HOSTS, is_allowed

TYPES: Final = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.revisit
GZIP_MAGIC: Final = b"\x1f\x8b"
# http://www.example.com/…  https://www.example.com
PLAIN_HOST: Final = re.compile(r"https?://([a-z0-9.-]+)(?:[/?#]|\Z)")
Item = ForeignRecord | Damage
Key = tuple[int, str]


def wanted_records(path: Path, name: str) -> Iterator[Item]:
    """Yield the records of a file that are responses of the site's hosts, and each damaged place.

    `name` is what reports call the file. Raises UnreadableInput when it cannot be opened, OSError when the disk fails;
    anything else that ends the reading counts as damage.
    """
    with open_regular(path, name) as stream:
        content = Content(stream, Allowance(stream.seek(0, os.SEEK_END)))
        try:
            yield from _items(path, name, content)
        except Broken as error:
            yield Damage(name, 0, str(error))


def _items(path: Path, name: str, content: Content) -> Iterator[Item]:
    reported: set[Key] = set()
    start = 0
    if _is_packed_by_record(name, content):
        start = yield from _scan(path, name, content, reported)
    for item in read_records(name, content, is_wanted=is_in_scope, start=start):
        if _key(item) not in reported:
            yield item


def _is_packed_by_record(name: str, content: Content) -> bool:
    """Tell whether the first gzip member holds one whole record; if not, only `foreign` reads the file."""
    content.stream.seek(0)
    if content.stream.read(len(GZIP_MAGIC)) != GZIP_MAGIC:
        return False
    found = list(read_member(name, content, is_wanted=lambda _: True, start=0))
    return len(found) == 1 and isinstance(found[0], ForeignRecord)


def _scan(path: Path, name: str, content: Content, reported: set[Key]) -> Generator[Item, None, int]:
    """Yield what fastwarc passes over; return the byte from which `foreign` must read, except what is in `reported`.

    A place that is not the start of a gzip member with one record means that the file is packed differently.
    """
    last, allowance = -1, Allowance(path.stat().st_size)
    try:
        for record in ArchiveIterator(str(path), record_types=TYPES, parse_http=False, fsspec_args=False):
            place = record.stream_pos
            if place <= last:
                return 0
            last = place
            allowance.take(record.content_length)
            uri = record.headers.get("WARC-Target-URI") or ""
            if not may_be_in_scope(uri):
                continue
            found = list(read_member(name, content, is_wanted=lambda _: True, start=place))
            if not _is_one(found, uri):
                return 0
            reported.update(map(_key, found))
            yield from (item for item in found if isinstance(item, Damage) or is_in_scope(item.headers))
    except (Broken, PostarchiveError):
        raise
    except Exception:  # noqa: BLE001 - of a library that was given a stranger's bytes; what it met is named by `foreign`
        return max(last, 0)
    return max(last, 0)


def may_be_in_scope(uri: str) -> bool:
    """Tell whether a record's URI can be one of the site's; for most others the host alone rules it out."""
    found = PLAIN_HOST.match(uri)
    if found is not None and found[1].rstrip(".") not in HOSTS:
        return False
    return is_allowed(uri.removeprefix("<").removesuffix(">"))


def _is_one(found: list[Item], uri: str) -> bool:
    """Tell whether a member holds just the record that was seen there, or is damaged."""
    records = [item for item in found if isinstance(item, ForeignRecord)]
    return len(found) > len(records) or (len(records) == 1 and records[0].headers.get("warc-target-uri") == uri)


def _key(item: Item) -> Key:
    return item.offset, item.problem if isinstance(item, Damage) else item.headers.get("warc-record-id", "")
