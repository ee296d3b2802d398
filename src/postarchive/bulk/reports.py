"""The outcome of a WARC file, kept with the dataset: a file that was read to its end is not read again."""

import hashlib
import json
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from postarchive import __version__
from postarchive.bulk.sources import BulkSource
from postarchive.export.files import atomic_text
from postarchive.foreign import Damage
from postarchive.jsonvalue import Fields, Json, JsonObject

DONE: Final = "_done"  # readers of a dataset ignore names that begin with `_`
KEY_DIGITS: Final = 16
LONGEST_STEM: Final = 80
# .crawl-004.warc.gz-be8835c548769cf4.parquet.c6751860.part
UNFINISHED: Final = re.compile(r"\..+-(?P<key>[0-9a-f]{16})\.parquet\.[0-9a-f]+\.part")
NO_STEM: Final = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class PartReport:
    """The outcome of a file: how many pages are in its part of the dataset, and what else was found.

    `stamp` distinguishes the file from a later one of the same name; `repeated` counts revisits, whose bodies are
    elsewhere. `failure` is why the file was not read to its end, None if it was. `was_done`: an earlier run read it.
    """

    name: str
    stamp: str
    size_bytes: int = 0
    pages: int = 0
    repeated: int = 0
    damages: tuple[Damage, ...] = ()
    unread: tuple[Damage, ...] = ()
    failure: str | None = None
    was_done: bool = False

    @property
    def damaged(self) -> int:
        """Return how many records were damaged."""
        return sum(damage.count for damage in self.damages)

    @property
    def unread_pages(self) -> int:
        """Return how many pages could not be read."""
        return sum(page.count for page in self.unread)


def part_path(folder: Path, source: BulkSource) -> Path:
    """Return where a file's part is written; no file name can lead out of the folder."""
    stem = NO_STEM.sub("_", source.place.rstrip("/").rpartition("/")[2])[:LONGEST_STEM].strip("._-")
    return folder / f"{stem or 'warc'}-{_key(source)}.parquet"


def stamp_of(source: BulkSource) -> str:
    """Return size and time of a file on disk; a file at an address is assumed never to change."""
    if source.is_remote:
        return ""
    with suppress(OSError):
        found = os.stat(source.place)  # noqa: PTH116 - a name of any bytes
        return f"{found.st_size}-{found.st_mtime_ns}"
    return ""


def find_report(folder: Path, source: BulkSource) -> PartReport | None:
    """Return the report on a file that need not be read again; None if it must be.

    It must be if the file changed, its part is gone, or another version of this program read it.
    """
    try:
        fields = Fields(json.loads(_path(folder, source).read_text(encoding="utf-8")))
        report = _report(fields, source)
        is_ours = fields.text("version") == __version__ and report.stamp == stamp_of(source)
    except (OSError, ValueError, RecursionError):
        return None
    has_part = not report.pages or part_path(folder, source).is_file()
    return report if is_ours and has_part else None


def write_report(folder: Path, source: BulkSource, report: PartReport) -> None:
    """Write a report in one step. Raises ArchiveUnwritable."""
    kept: JsonObject = {
        "version": __version__,
        "file": report.name,
        "stamp": report.stamp,
        "bytes": report.size_bytes,
        "part": part_path(folder, source).name if report.pages else None,
        "pages": report.pages,
        "repeated": report.repeated,
        "damages": _json(report.damages),
        "unread": _json(report.unread),
    }
    with atomic_text(_path(folder, source)) as out:
        json.dump(kept, out, indent=1)
        out.write("\n")


def sweep(folder: Path, sources: Iterable[BulkSource]) -> None:
    """Remove unfinished parts of these files that killed workers left behind."""
    keys = set(map(_key, sources))
    for left in folder.glob(".*.part"):
        found = UNFINISHED.fullmatch(left.name)
        if found and found["key"] in keys:
            with suppress(OSError):
                left.unlink()


def _report(fields: Fields, source: BulkSource) -> PartReport:
    return PartReport(
        name=source.name,
        stamp=fields.required("stamp"),
        size_bytes=fields.number("bytes") or 0,
        pages=fields.number("pages") or 0,
        repeated=fields.number("repeated") or 0,
        damages=tuple(_damages(source.name, fields.objects("damages"))),
        unread=tuple(_damages(source.name, fields.objects("unread"))),
        was_done=True,
    )


def _damages(name: str, items: Iterable[Fields]) -> Iterable[Damage]:
    return (
        Damage(name, item.number("offset") or 0, item.required("problem"), item.number("count") or 1) for item in items
    )


def _json(damages: Iterable[Damage]) -> list[Json]:
    return [{"offset": item.offset, "problem": item.problem, "count": item.count} for item in damages]


def _path(folder: Path, source: BulkSource) -> Path:
    return folder / DONE / f"{_key(source)}.json"


def _key(source: BulkSource) -> str:
    return hashlib.sha256(os.fsencode(source.place)).hexdigest()[:KEY_DIGITS]
