"""An article in parts, its sheets taken as one: its versions, and a single record of all its text.

A version of an article is a state of all its sheets. It begins with the edit (or new layout) of a sheet; edits of other
sheets that the same run saw within an hour belong to it, because no reader saw the state in between. The first capture
of a sheet does not begin a version: the sheet already existed, it just had not been captured, and the version says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, pairwise
from typing import Protocol, TypeVar

from postarchive.record.values import Page

ONE_VISIT = timedelta(hours=1)  # in which a run requests all sheets of an article
T = TypeVar("T")


class SheetVersion(Protocol):
    """What a version of a sheet must offer; versions come in the order the archive received them."""

    @property
    def sheet(self) -> int:
        """Which sheet, from 1."""

    @property
    def number(self) -> int:
        """Which version of the sheet, from 1."""

    @property
    def change(self) -> str:
        """What made it: new, edit or layout."""

    @property
    def run(self) -> str:
        """The run that first captured it."""

    @property
    def seen(self) -> datetime:
        """When it was first captured."""


@dataclass(frozen=True, slots=True)
class ArticleState:
    """A version of an article: the version of each sheet, by sheet, and the sheets that were not captured then.

    `change` is new, edit or layout; `changed` lists the sheets that it changed, () for the first version.
    """

    number: int
    change: str
    sheets: Mapping[int, int]
    changed: tuple[int, ...]
    missing: tuple[int, ...]


@dataclass(slots=True)
class _Group:
    """The sheet versions that together make one version of the article."""

    number: int
    run: str
    seen: datetime
    sheets: dict[int, int]
    changed: list[int] = field(default_factory=list)
    change: str = "new"

    def takes(self, version: SheetVersion) -> bool:
        """Tell whether a change of another sheet belongs to the same version of the article."""
        is_near = abs(version.seen - self.seen) <= ONE_VISIT
        return bool(self.changed) and version.run == self.run and is_near and version.sheet not in self.changed

    def add(self, version: SheetVersion) -> None:
        """Set a sheet to this version."""
        self.sheets[version.sheet] = version.number
        if version.number > 1:
            self.changed.append(version.sheet)
            self.change = "edit" if "edit" in (version.change, self.change) else version.change


def article_states(versions: Sequence[SheetVersion]) -> tuple[ArticleState, ...]:
    """Return the versions of an article, oldest first, given its sheets' versions in the order they were received."""
    groups: list[_Group] = []
    for version in versions:
        if not groups:
            groups.append(_Group(1, version.run, version.seen, {}))
        elif version.number > 1 and not groups[-1].takes(version):
            groups.append(_Group(groups[-1].number + 1, version.run, version.seen, dict(groups[-1].sheets)))
        groups[-1].add(version)
    every = {version.sheet for version in versions}
    return tuple(_state(group, every) for group in groups)


def _state(group: _Group, every: set[int]) -> ArticleState:
    sheets = dict(sorted(group.sheets.items()))
    missing = tuple(sorted(every - sheets.keys()))
    return ArticleState(group.number, group.change, sheets, tuple(sorted(group.changed)), missing)


def whole_record(sheets: Sequence[Page]) -> Page:
    """Merge the records of an article's sheets, in order: the first one, with the text and pictures of all.

    A sheet past the end of an article shows the last part again (SITE.md §4.5), so it adds nothing.
    """
    own = without_repeats(sheets)
    if len(own) == 1:
        return own[0]
    return replace(
        own[0],
        paragraphs=_joined(page.paragraphs for page in own),
        images=_joined(page.images for page in own),
        attachments=_joined(page.attachments for page in own),
        leftovers=_joined(page.leftovers for page in own),
        warnings=_joined(page.warnings for page in own),
    )


def without_repeats(sheets: Sequence[Page]) -> list[Page]:
    """Return the sheets without those that repeat the text of the one before."""
    is_repeat = (bool(page.paragraphs) and page.paragraphs == before.paragraphs for before, page in pairwise(sheets))
    return [*sheets[:1], *(sheet for sheet, repeats in zip(sheets[1:], is_repeat, strict=True) if not repeats)]


def _joined(parts: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(chain.from_iterable(parts))
