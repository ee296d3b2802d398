"""Telephone and registration numbers: when each was first and last seen on a host."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from postarchive.models import iso_time
from postarchive.store.write.rows import NumberRow, Value
from postarchive.store.write.statements import Statements, Subject

# First and last: time and capture; and whether the last one counts whatever the row says.
_Sightings: TypeAlias = tuple[tuple[str, int], tuple[str, int], bool]


class NumberRows(Subject):
    """The rows of numbers; sightings are gathered and written once per transaction."""

    def __init__(self, db: Statements) -> None:
        """Begin with nothing gathered."""
        super().__init__(db)
        self._ids: dict[tuple[Value, ...], int] = {}  # row ids
        self._sightings: dict[int, _Sightings] = {}

    def record_sightings(  # noqa: PLR0913 - a sighting, each by name
        self, numbers: Iterable[NumberRow], *, host: str, time: datetime, capture: int, page: int, is_newest: bool
    ) -> None:
        """Note a sighting of telephone and registration numbers on a page of a host.

        `is_newest` makes it the latest, whatever its time; otherwise it is the latest if no later one is known.
        """
        seen = iso_time(time)
        ids = [self._id_of(host, *number, seen, capture) for number in dict.fromkeys(numbers)]
        for number in ids:
            known = self._sightings.get(number, ((seen, capture), (seen, capture), False))
            first, last, is_settled = known
            last = (seen, capture) if is_newest else max(last, (seen, capture))
            self._sightings[number] = min(first, (seen, capture)), last, is_newest or is_settled
        self._db.run_each(
            "INSERT OR IGNORE INTO number_pages (number, page) VALUES (?, ?)", [(number, page) for number in ids]
        )

    def gathered(self) -> dict[int, _Sightings]:
        """Return what was gathered so far, to go back to."""
        return dict(self._sightings)

    def go_back(self, gathered: dict[int, _Sightings]) -> None:
        """Go back to what was gathered then; some of the rows may be gone again."""
        self._sightings = gathered
        self._ids.clear()

    def forget(self) -> None:
        """Drop what was gathered in a transaction that was rolled back; some of the rows may be gone again."""
        self._sightings.clear()
        self._ids.clear()

    def flush(self) -> None:
        """Write when the gathered numbers were first and last seen."""
        seen = [(number, *sightings) for number, sightings in self._sightings.items()]
        self._db.run_each(
            "UPDATE numbers SET first_seen = ?, first_capture = ? WHERE id = ? AND first_seen > ?",
            [(*first, number, first[0]) for number, first, _, _ in seen],
        )
        self._db.run_each(
            "UPDATE numbers SET last_seen = ?, last_capture = ? WHERE id = ? AND (? OR last_seen <= ?)",
            [(*last, number, is_settled, last[0]) for number, _, last, is_settled in seen],
        )
        self._sightings.clear()

    def _id_of(self, host: str, *row: Value) -> int:
        """Return the row id of a number, adding it if it is new to the host: all pages show the same few."""
        name = (host, *row[:3])
        if name not in self._ids:
            self._db.run_each(
                """
                INSERT OR IGNORE INTO numbers (
                  host, kind, label, number, dial, first_seen, first_capture, last_seen, last_capture
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [(host, *row, *row[-2:])],
            )
            found = self._db.one(
                "SELECT id FROM numbers WHERE host = :host AND kind = :kind AND label = :label AND number = :number",
                **dict(zip(("host", "kind", "label", "number"), name, strict=True)),
            )
            self._ids[name] = found["id"] if found else 0
        return self._ids[name]
