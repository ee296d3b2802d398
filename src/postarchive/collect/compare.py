"""What a changed parser would do to the whole archive, known beforehand: its records against the stored ones.

A database is rebuilt elsewhere and thrown away. Records are compared at each response that begins a version in either
database, so a version that the new parser splits, or joins to the one before, is compared too.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from postarchive.collect.replay import replay
from postarchive.jsonvalue import Json, JsonObject
from postarchive.record.values import Page, to_json
from postarchive.store.audit import scratch_database
from postarchive.store.records import Records, Sighting

SAMPLES = 3
DOUBTS = frozenset(("leftovers", "warnings"))  # what the parser does not understand: the fewer the better
NOTHING: tuple[Json, ...] = (None, [], "", {})


class Fate(StrEnum):
    """What happens to a field."""

    UNCHANGED = "unchanged"
    GAINED = "gained"
    LOST = "lost"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True)
class Sample:
    """A field that would not stay as it is."""

    field: str
    fate: Fate
    url: str
    old: Json
    new: Json


@dataclass(slots=True)
class Comparison:
    """How many fields of how many records would stay, appear, disappear or change; the first few of each as samples."""

    records: int = 0
    unread: int = 0  # stored records that would no longer exist
    counts: dict[str, Counter[Fate]] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    damages: list[str] = field(default_factory=list)  # damaged places in the evidence: their records are not read

    @property
    def is_lossy(self) -> bool:
        """Tell whether anything would be lost; fewer doubts are not a loss."""
        return any(counts[Fate.LOST] for name, counts in self.counts.items() if name not in DOUBTS)

    def table(self) -> dict[str, dict[str, int]]:
        """Return the counts by field and fate."""
        return {name: {fate.value: counts[fate] for fate in Fate} for name, counts in self.counts.items()}

    def add(self, url: str, old: Page | None, new: Page | None) -> None:
        """Compare two records of a response; None means that the response is not read as a page."""
        self.records += 1
        self.unread += old is not None and new is None
        before, after = _flat(old), _flat(new)
        for name in dict.fromkeys([*before, *after]):
            self._add_field(name, url, before.get(name), after.get(name))

    def _add_field(self, name: str, url: str, old: Json, new: Json) -> None:
        fate = fate_of(old, new)
        if fate is None:
            return
        counts = self.counts.setdefault(name, Counter())
        counts[fate] += 1
        if fate is not Fate.UNCHANGED and counts[fate] <= SAMPLES:
            self.samples.append(Sample(name, fate, url, old, new))


def compare(archive: Path, *, jobs: int = 1) -> Comparison:
    """Read all evidence again and return what the database would gain and lose; nothing is written.

    `jobs` processes read it. Raises UnreadableInput when there is no database to compare with.
    """
    found = Comparison()
    with Records(archive) as stored, scratch_database() as path:
        replay(archive, path, MappingProxyType(stored.ingested()), jobs=jobs, report=found.damages.append)
        with Records(path.parent) as rebuilt:
            for sighting in _sightings(stored, rebuilt):
                found.add(sighting.url, stored.record_at(sighting), rebuilt.record_at(sighting))
    return found


def fate_of(old: Json, new: Json) -> Fate | None:
    """Return what happens to a value; None when there is none before or after.

    A list that only loses items is lost, one that only gains items is gained.
    """
    if old in NOTHING and new in NOTHING:
        return None
    if old == new:
        return Fate.UNCHANGED
    if new in NOTHING:
        return Fate.LOST
    if old in NOTHING:
        return Fate.GAINED
    match old, new:
        case list(), list():
            return _fate_of_list(old, new)
        case _:
            return Fate.ALTERED


def _fate_of_list(old: list[Json], new: list[Json]) -> Fate:
    if len(new) < len(old) and _is_part(new, old):
        return Fate.LOST
    return Fate.GAINED if len(old) < len(new) and _is_part(old, new) else Fate.ALTERED


def _sightings(stored: Records, rebuilt: Records) -> Iterator[Sighting]:
    """Yield each response that begins a version in either of them, once."""
    seen: set[str] = set()
    for records in (stored, rebuilt):
        for sighting in records.sightings():
            if sighting.record_id not in seen:
                seen.add(sighting.record_id)
                yield sighting


def _flat(record: Page | None) -> JsonObject:
    """Return the fields of a record, a stamp's as `stamp.serial`."""
    flat: JsonObject = {}
    for name, value in (to_json(record) if record else {}).items():
        match value:
            case dict():
                flat |= {f"{name}.{key}": inner for key, inner in value.items()}
            case _:
                flat[name] = value
    return flat


def _is_part(shorter: list[Json], longer: list[Json]) -> bool:
    """Tell whether all items of a list are in another one, in the same order."""
    rest = iter(longer)
    return all(item in rest for item in shorter)
