"""The result of a query on Common Crawl's columnar index: which records exist, and where.

This reads csv; `parquetrows` reads the other form, and is imported only if there is such a file.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from postarchive.commoncrawl import Listed, slice_of
from postarchive.errors import UnreadableInput
from postarchive.foreign.records import Damage
from postarchive.paths import open_regular
from postarchive.urls import normalize

URL: Final = "url"
PLACE: Final = ("warc_filename", "warc_record_offset", "warc_record_length")
DIGEST: Final = "content_digest"
COLUMNS: Final = (URL, *PLACE, DIGEST)  # the last one may be missing
Row: TypeAlias = Mapping[str, str | None]
ReadRows: TypeAlias = Callable[[Path], Iterator[Row]]


def read_listing(path: Path, read_rows: ReadRows) -> Iterator[Listed | Damage]:
    """Yield the rows of a result; a row that cannot be read is damage, with its number in place of an offset.

    Raises UnreadableInput when the file cannot be opened, is not in the expected format, or lacks a column.
    """
    for number, row in enumerate(read_rows(path), start=1):
        try:
            yield _listed(row)
        except ValueError as error:
            yield Damage(str(path), number, f"row {number} does not name a record: {error}")


def _listed(row: Row) -> Listed:
    url = row[URL]
    if not url:
        raise ValueError("no url")
    file, offset, length = (row[name] or "" for name in PLACE)
    return Listed(normalize(url), slice_of(file, offset, length), digest=row.get(DIGEST) or None)


def csv_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a csv file. Raises UnreadableInput."""
    with open_regular(path, str(path)) as stream, io.TextIOWrapper(stream, "utf-8-sig", newline="") as text:
        try:
            rows = csv.DictReader(text)
            check_columns(path, rows.fieldnames or ())
            for row in rows:
                yield {name: value for name, value in row.items() if isinstance(value, str)} | _nothing(row)
        except (csv.Error, UnicodeDecodeError) as error:
            raise UnreadableInput(str(path), f"is neither csv in UTF-8 nor Parquet ({error})") from error


def _nothing(row: Mapping[str, object]) -> dict[str, str | None]:
    """Return the missing columns of a short row, as None."""
    return {name: None for name in (URL, *PLACE) if row.get(name) is None}


def check_columns(path: Path, names: Iterable[str]) -> None:
    """Raise UnreadableInput when a column is missing."""
    missing = [name for name in (URL, *PLACE) if name not in names]
    if missing:
        raise UnreadableInput(
            str(path), f"lacks the column {', '.join(missing)}; the result of a query must have these"
        )
