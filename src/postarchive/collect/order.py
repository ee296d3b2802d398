"""The order in which the captures of a page count: as they came, except for older ones made by others.

A live capture is newer than all that this archive had received, whatever a clock said. An import, or a replay of the
Wayback Machine, counts by its own time: it goes before the first later live capture that was here when it came.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime

from postarchive.store.write import ArrivalRow


def in_order(arrivals: Iterable[ArrivalRow]) -> list[ArrivalRow]:
    """Return captures, given in the order received, oldest first."""
    live: list[datetime] = []
    latest: list[datetime] = []  # of the live ones so far
    keys: list[tuple[int, bool, datetime, int, ArrivalRow]] = []
    for number, arrival in enumerate(arrivals):
        place = len(live) if arrival.is_live else _place(live, latest, arrival)
        keys.append((place, arrival.is_live, arrival.time, number, arrival))
        if arrival.is_live:
            live.append(arrival.time)
            latest.append(max(arrival.time, latest[-1]) if latest else arrival.time)
    return [key[-1] for key in sorted(keys, key=lambda key: key[:4])]


def _place(live: list[datetime], latest: list[datetime], arrival: ArrivalRow) -> int:
    """Return how many of the live captures received before an import are older than it."""
    if not latest or latest[-1] <= arrival.run_began:
        return bisect_right(latest, arrival.time)
    return next((number for number, time in enumerate(_believed(live, arrival)) if time > arrival.time), len(live))


def _believed(live: list[datetime], arrival: ArrivalRow) -> list[datetime]:
    """Return plausible times of the live captures: one from after the import began is due to a wrong clock.

    Such a capture was received, at the latest, at the earliest time that a clock showed from then on.
    """
    times, earliest = list(live), live[-1]
    for number in reversed(range(len(live))):
        earliest = min(earliest, live[number])
        if live[number] > arrival.run_began:
            times[number] = earliest
    return times
