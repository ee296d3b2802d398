"""Find the runs that had a wrong clock by the order in which they were received, which is never wrong."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime


def contradicted(starts: Sequence[datetime]) -> dict[int, int]:
    """Return the index of each run whose start the others contradict, with the index of a run that is believed.

    Starts come in the order of receipt. The largest set of starts that can all be true is believed; of two such sets,
    the one with older runs. Any other run began after the believed one before it, whose index is returned, or else that
    of the first believed one.
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
    """Return the indexes of a longest part that never falls, built from its end: each tail is the latest possible."""
    tails: list[tuple[float, int]] = []  # for the best part of each length: its first start, negated, and its index
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
