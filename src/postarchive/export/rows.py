"""Write rows of records in five formats, each as it comes; a format is one row of `_WRITERS`."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Literal, TextIO, TypeAlias, get_args

from postarchive.export.markup import pipe_row, pipe_rule
from postarchive.export.plain import visible
from postarchive.jsonvalue import Json, compact_json

Format: TypeAlias = Literal["json", "jsonl", "csv", "tsv", "md"]
Row: TypeAlias = Mapping[str, Json]
FORMATS: tuple[Format, ...] = get_args(Format)

# A spreadsheet runs a cell that begins like this, wide Chinese signs included; `-1` and `+861011185` are numbers.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
# No csv reader wants these, and some stop at them; jsonl keeps them.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*%?")


def write_rows(rows: Iterable[Row], out: TextIO, *, format: Format, fields: Sequence[str]) -> int:  # noqa: A002
    """Write the fields of each row as it comes and return how many rows there were; a missing field is null or empty.

    In csv, tsv and md a list or object is compact JSON. In csv and tsv, text that a spreadsheet would run as a formula
    gets an apostrophe in front, and control characters are left out.
    """
    columns = tuple(dict.fromkeys(fields))
    selected = ({field: row.get(field) for field in columns} for row in rows)
    return _WRITERS[format](selected, out, columns)


def write_lines(rows: Iterable[Row], out: TextIO) -> int:
    """Write each whole row as a line of JSON, and return how many there were."""
    return _write_jsonl(rows, out, ())


def json_text(value: object, *, indent: int | None = None) -> str:
    """Return a value as JSON that is safe for a terminal, and a single line to every line reader."""
    return visible(json.dumps(value, ensure_ascii=False, indent=indent))


def cell(value: Json) -> str:
    """Return a value as the text of a table's cell: empty for None, compact JSON for anything but text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else compact_json(value)


def _write_json(rows: Iterable[Row], out: TextIO, _columns: Sequence[str]) -> int:
    count = 0
    for count, row in enumerate(rows, start=1):
        out.write(("[\n" if count == 1 else ",\n") + json_text(row))
    out.write("\n]\n" if count else "[]\n")
    return count


def _write_jsonl(rows: Iterable[Row], out: TextIO, _columns: Sequence[str]) -> int:
    return _count(out.write(json_text(row) + "\n") for row in rows)


def _write_csv(rows: Iterable[Row], out: TextIO, columns: Sequence[str], *, delimiter: str = ",") -> int:
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(map(_safe_cell, columns))
    return _count(writer.writerow(map(_safe_cell, row.values())) for row in rows)


def _write_markdown(rows: Iterable[Row], out: TextIO, columns: Sequence[str]) -> int:
    out.write(pipe_row(columns) + pipe_rule(len(columns)))
    return _count(out.write(pipe_row(map(cell, row.values()))) for row in rows)


_WRITERS: Mapping[Format, Callable[[Iterable[Row], TextIO, Sequence[str]], int]] = MappingProxyType(
    {
        "json": _write_json,
        "jsonl": _write_jsonl,
        "csv": _write_csv,
        "tsv": partial(_write_csv, delimiter="\t"),
        "md": _write_markdown,
    }
)


def _safe_cell(value: Json) -> str:
    text = _CONTROLS.sub("", cell(value))
    would_run = isinstance(value, str) and _FORMULA.match(text) and not _NUMBER.fullmatch(text)
    one_line_end = text.replace("\r\n", "\n").replace("\r", "\n")  # the csv module leaves a lone \r unquoted
    return f"'{one_line_end}" if would_run else one_line_end


def _count(written: Iterable[object]) -> int:
    return sum(1 for _ in written)
