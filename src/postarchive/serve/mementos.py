"""Mementos of a URL (RFC 7089): its captures as states in time, the nearest to a moment, and the links between them.

A memento is a response with a body (200), or an unmodified one (304), which stands for the body that the server
referred to. Its name is its time to the second, `20230329081500`, or to the microsecond if a second has two.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

from postarchive.store.captures import StoredCapture

SECOND, EXACT = "%Y%m%d%H%M%S", "%Y%m%d%H%M%S%f"
STAMP = re.compile(r"\d{4,20}", re.ASCII)
RESERVED = "%:/?#[]@!$&'()*+,;=~"  # stays as it is in a URL
UNSAFE = re.compile(r"[\ud800-\udfff]")
EARLIEST_REST = "00010101000000000000"  # completes a shorter time: 2023 is the beginning of that year
LINK_FORMAT = "application/link-format"


@dataclass(frozen=True, slots=True)
class Memento:
    """A state of a URL: its name in an address, and the capture that is its evidence."""

    stamp: str
    time: datetime
    capture: StoredCapture


def mementos_of(captures: Iterable[StoredCapture]) -> tuple[Memento, ...]:
    """Return the mementos of one URL in order of time, each time once."""
    timed = {datetime.fromisoformat(capture.time).astimezone(UTC): capture for capture in captures}
    seconds = Counter(time.strftime(SECOND) for time in timed)
    return tuple(
        Memento(time.strftime(SECOND if seconds[time.strftime(SECOND)] == 1 else EXACT), time, capture)
        for time, capture in sorted(timed.items())
    )


def closest(mementos: Sequence[Memento], time: datetime) -> Memento:
    """Return the memento nearest to a moment; there must be one."""
    return min(mementos, key=lambda memento: abs(memento.time - time))


def moment_of(stamp: str) -> datetime | None:
    """Return the moment that a name of 4 to 20 digits means; None when it is not a time."""
    if not STAMP.fullmatch(stamp):
        return None
    try:
        return datetime.strptime(stamp + EARLIEST_REST[len(stamp) :], EXACT).replace(tzinfo=UTC)
    except ValueError:
        return None


def http_time(time: datetime) -> str:
    """Return a time as HTTP writes it: `Wed, 29 Mar 2023 08:15:00 GMT`."""
    return format_datetime(time.replace(microsecond=0), usegmt=True)


def uri(url: str) -> str:
    """Return a URL in a form that may go between the brackets of a link."""
    return quote(UNSAFE.sub("", url), safe=RESERVED)


@dataclass(frozen=True, slots=True)
class MementoLinks:
    """The links of one URL on a server with this base address."""

    base: str
    url: str
    mementos: tuple[Memento, ...]

    @property
    def timemap(self) -> str:
        """The address of the list of all mementos."""
        return f"{self.base}/-/timemap/link/{uri(self.url)}"

    @property
    def timegate(self) -> str:
        """The address that leads to the memento of a time."""
        return f"{self.base}/-/timegate/{uri(self.url)}"

    def address(self, memento: Memento) -> str:
        """Return the address of a memento."""
        return f"{self.base}/-/memento/{memento.stamp}/{uri(self.url)}"

    def header(self, shown: Memento | None = None) -> str:
        """Return the header `Link`: original, TimeGate, TimeMap; first, prev, next and last of the memento shown."""
        near = self._near(shown) if shown else {}
        return ", ".join((*self._about(), *(self._line(self.mementos[at], *rels) for at, rels in near.items())))

    def timemap_text(self) -> str:
        """Return the TimeMap in link-format."""
        itself = f'<{self.timemap}>; rel="self"; type="{LINK_FORMAT}"'
        if self.mementos:
            itself += f'; from="{http_time(self.mementos[0].time)}"; until="{http_time(self.mementos[-1].time)}"'
        last = len(self.mementos) - 1
        lines = (
            self._line(memento, *(["first"] if at == 0 else []), *(["last"] if at == last else []))
            for at, memento in enumerate(self.mementos)
        )
        original, timegate, _ = self._about()
        return ",\n".join((original, itself, timegate, *lines)) + "\n"

    def _about(self) -> tuple[str, str, str]:
        return (
            f'<{uri(self.url)}>; rel="original"',
            f'<{self.timegate}>; rel="timegate"',
            f'<{self.timemap}>; rel="timemap"; type="{LINK_FORMAT}"',
        )

    def _near(self, shown: Memento) -> dict[int, list[str]]:
        """Return how the mementos around one relate to it, by their place."""
        place, last = self.mementos.index(shown), len(self.mementos) - 1
        near: dict[int, list[str]] = {}
        for rel, at in (("first", 0), ("prev", place - 1), ("", place), ("next", place + 1), ("last", last)):
            if 0 <= at <= last:
                near.setdefault(at, []).extend([rel] if rel else [])
        return near

    def _line(self, memento: Memento, *rels: str) -> str:
        rel = " ".join((*rels, "memento"))
        return f'<{self.address(memento)}>; rel="{rel}"; datetime="{http_time(memento.time)}"'
