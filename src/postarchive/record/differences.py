"""What changed between two versions: field by field, and within a text word by word, Chinese by character.

This compares the normal form that the fingerprint covers. So versions that differ here have different fingerprints, and
a change that does not make a new version is not shown as a difference.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Literal, TypeAlias

from postarchive.jsonvalue import Json
from postarchive.record.revisions import changed_fields, normal_form
from postarchive.record.values import Page, to_json

# A word with adjoining punctuation, one Chinese, Japanese or Korean character, or a run of blanks.
TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]|[^\s\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+|\s+"
)

# Tokens of the old text times tokens of the new. This many took a second; four times as many words, half a minute.
MAX_PAIRS = 4_000_000

Step: TypeAlias = tuple[str, int, int, int, int]
Sign = Literal["same", "removed", "added"]


@dataclass(frozen=True, slots=True)
class DiffPiece:
    """A stretch of text that is in both versions, only in the old one, or only in the new one."""

    sign: Sign
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that differs: its name, and the lines (paragraphs, facts) that are not the same in both versions."""

    field: str
    lines: tuple[tuple[DiffPiece, ...], ...]


def differences(old: Page, new: Page) -> list[Difference]:
    """Return the fields that differ, in the record's order; empty when the versions say the same."""
    before, after = normal_form(old), normal_form(new)
    return [
        Difference(name, tuple(_lines(_texts(before.get(name)), _texts(after.get(name)))))
        for name in changed_fields(old, new)
    ]


def whole_texts(old: Page, new: Page) -> list[Difference]:
    """Return all of the fields that are compared, in the record's order, including the lines that are the same."""
    before, after = normal_form(old), normal_form(new)
    names = [name for name in dict.fromkeys([*to_json(new), *to_json(old)]) if name in before or name in after]
    return [
        Difference(name, tuple(_lines(_texts(before.get(name)), _texts(after.get(name)), is_whole=True)))
        for name in names
    ]


def pieces(old: str, new: str, *, most_pairs: int = MAX_PAIRS) -> tuple[DiffPiece, ...]:
    """Return how one text became the other, token by token; as one replacement if that takes too many comparisons."""
    before, after = TOKEN.findall(old), TOKEN.findall(new)
    found: list[DiffPiece] = []
    for tag, start, end, other_start, other_end in _steps(before, after, most_pairs):
        if tag == "equal":
            found.append(DiffPiece("same", "".join(before[start:end])))
            continue
        if start < end:
            found.append(DiffPiece("removed", "".join(before[start:end])))
        if other_start < other_end:
            found.append(DiffPiece("added", "".join(after[other_start:other_end])))
    return tuple(found)


def _lines(old: Sequence[str], new: Sequence[str], *, is_whole: bool = False) -> list[tuple[DiffPiece, ...]]:
    """Return the lines that differ, or all if `is_whole`; a line that was replaced is compared word by word."""
    found: list[tuple[DiffPiece, ...]] = []
    steps = list(_steps(old, new, MAX_PAIRS))
    replaced = [step for step in steps if step[0] != "equal"]
    most_pairs = MAX_PAIRS // max(1, sum(min(end - start, to - at) for _, start, end, at, to in replaced))
    for tag, start, end, other_start, other_end in steps:
        if tag == "equal":
            found += [(DiffPiece("same", text),) for text in old[start:end] if is_whole]
            continue
        removed, added = list(old[start:end]), list(new[other_start:other_end])
        paired = min(len(removed), len(added))
        found += [
            pieces(before, after, most_pairs=most_pairs)
            for before, after in zip(removed[:paired], added[:paired], strict=True)
        ]
        found += [(DiffPiece("removed", text),) for text in removed[paired:]]
        found += [(DiffPiece("added", text),) for text in added[paired:]]
    return found


def _steps(old: Sequence[str], new: Sequence[str], most_pairs: int) -> Iterator[Step]:
    """Yield equal and changed stretches, as `difflib` does; a common beginning and end cost nothing.

    The rest is one replacement if it has more than `most_pairs` pairs: difflib may compare each of them many times.
    """
    head = _common(old, new)
    tail = _common(reversed(old[head:]), reversed(new[head:]))
    end, other_end = len(old) - tail, len(new) - tail
    if head:
        yield "equal", 0, head, 0, head
    if (end - head) * (other_end - head) > most_pairs:
        yield "replace", head, end, head, other_end
    else:
        matcher = SequenceMatcher(None, old[head:end], new[head:other_end], autojunk=False)
        for tag, *places in matcher.get_opcodes():
            start, stop, other_start, other_stop = (place + head for place in places)
            yield tag, start, stop, other_start, other_stop
    if tail:
        yield "equal", end, len(old), other_end, len(new)


def _common(old: Iterable[str], new: Iterable[str]) -> int:
    """Return how many members the two have in common at the start."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _texts(value: Json) -> list[str]:
    """Return a field as lines of text."""
    match value:
        case None:
            return []
        case list():
            return [_text(item) for item in value]
        case _:
            return [_text(value)]


def _text(value: Json) -> str:
    match value:
        case str():
            return value
        case [str(label), str(said)]:
            return f"{label}: {said}"
        case {"url": str(url), **others}:
            return ", ".join([url, *(said for said in others.values() if isinstance(said, str))])
        case _:
            return json.dumps(value, ensure_ascii=False)
