"""Which runs had a wrong clock, by the order in which they were received: that order is never wrong."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime


def contradicted(starts: Sequence[datetime]) -> dict[int, int]:
    """Return the places of those runs whose start the others contradict, each with the place of a believed one.

    Starts come in the order of receipt. Believed are as many as can be true together, of equally many the older runs;
    any other began after the believed one before it. Where there is none before it, the first believed one is named.
    """
    believed = _longest_rise(starts)
    known, found = min(believed, default=0), dict[int, int]()
    for place in range(len(starts)):
        if place in believed:
            known = place
        else:
            found[place] = known
    return found


def _longest_rise(starts: Sequence[datetime]) -> set[int]:
    """Return the places of a longest part that never falls, found from its end on: each tail is the latest there is."""
    tails: list[tuple[float, int]] = []  # of the best part of each length: its first start, negated, and its place
    follower: dict[int, int | None] = {}
    for place in reversed(range(len(starts))):
        mark = -starts[place].timestamp()
        length = bisect_right(tails, (mark, len(starts)))
        follower[place] = tails[length - 1][1] if length else None
        tails[length : length + 1] = [(mark, place)]
    rise = set[int]()
    member = tails[-1][1] if tails else None
    while member is not None:
        rise.add(member)
        member = follower[member]
    return rise
