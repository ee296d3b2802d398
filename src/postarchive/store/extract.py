"""All records as of one moment, row by row: for a copy that others read while the archive changes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from postarchive.jsonvalue import JsonObject
from postarchive.record.values import Page
from postarchive.store.files import mapped_damage
from postarchive.store.kinds import LISTS
from postarchive.store.opened import Moment
from postarchive.store.read import Reader
from postarchive.store.stored import record_in

Row: TypeAlias = JsonObject

_COUNT = f"SELECT count(*) FROM pages WHERE kind NOT IN {LISTS}"  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page in its latest version: its record, and its row."""

    record: Page
    row: Row


class Extract(Moment):
    """An archive's rows as of when it was opened, even while a run writes; lists of links are left out."""

    def count(self) -> int:
        """Return how many pages `pages` yields."""
        with mapped_damage(self._path):
            return int(self._connection.execute(_COUNT).fetchone()[0])

    def pages(self) -> Iterator[Sheet]:
        """Yield the pages, further sheets after the first, each with its latest record and the article it belongs to.

        `hosts` are those it was seen on, separated by commas. `same_node` is how many sites have articles of that node;
        `edited` is when its last new version was seen.
        """
        rows = self._dicts(
            f"""
            SELECT pages.id, pages.article, site, node, sheet, pages.url, pages.kind, gone, versions.record,
                   (SELECT count(DISTINCT other.site) FROM pages AS other WHERE other.node = pages.node) AS same_node,
                   (SELECT min(first_seen) FROM versions WHERE page = pages.id) AS first_seen,
                   (SELECT max(last_seen) FROM versions WHERE page = pages.id) AS last_seen,
                   (SELECT count(*) FROM versions WHERE page = pages.id) AS versions,
                   (SELECT group_concat(DISTINCT host) FROM addresses WHERE page = pages.id) AS hosts,
                   (SELECT max(time) FROM changes WHERE page = pages.id AND change = 'edit') AS edited
            FROM pages JOIN versions ON versions.page = pages.id
              AND versions.number = (SELECT max(number) FROM versions WHERE page = pages.id)
            WHERE pages.kind NOT IN {LISTS} ORDER BY article, sheet, pages.id
            """  # noqa: S608 - our own words
        )
        for row in rows:
            with mapped_damage(self._path):
                record = record_in(str(row.pop("record")))
            yield Sheet(record, row)

    def listed(self) -> Iterator[Row]:
        """Yield the rows of the lists as last seen: `list` (its node), its title, and the article that a row links to.

        In the order of a list's sheets; a list without a node is named by a number of the database.
        """
        yield from self._dicts(
            f"""
            SELECT coalesce(lists.node, -lists.id) AS list, lists.title, pages.article
            FROM pages AS lists JOIN versions ON versions.page = lists.id
              AND versions.number = (SELECT max(number) FROM versions WHERE page = lists.id)
            JOIN json_each(versions.record, '$.entries') AS entry
            JOIN addresses ON addresses.url = json_extract(entry.value, '$.url')
            JOIN pages ON pages.id = addresses.page
            WHERE lists.kind IN {LISTS} AND pages.kind NOT IN {LISTS} ORDER BY list, lists.sheet, lists.id, entry.key
            """  # noqa: S608 - our own words
        )

    def versions(self) -> Iterator[Row]:
        """Yield the versions, each with its record as JSON, its article and the response it begins with."""
        yield from self._dicts(
            f"""
            SELECT versions.id, pages.article, pages.sheet, versions.number, versions.change, versions.record,
                   versions.number = (SELECT max(number) FROM versions AS other WHERE other.page = pages.id) AS latest,
                   json_extract(versions.record, '$.title') AS title, versions.first_seen, versions.last_seen,
                   captures.file, captures.offset, captures.stored_bytes, captures.payload_digest,
                   captures.record_id, captures.origin, captures.url
            FROM versions JOIN pages ON pages.id = versions.page JOIN captures ON captures.id = versions.first_capture
            WHERE pages.kind NOT IN {LISTS} ORDER BY versions.id
            """  # noqa: S608 - our own words
        )

    def changes(self) -> Iterator[Row]:
        """Yield what happened to the pages, in order."""
        yield from self._dicts(
            f"""
            SELECT changes.id, pages.article, pages.sheet, changes.time, changes.change, changes.detail,
                   changes.version, captures.file, captures.offset
            FROM changes JOIN pages ON pages.id = changes.page JOIN captures ON captures.id = changes.capture
            WHERE pages.kind NOT IN {LISTS} ORDER BY changes.id
            """  # noqa: S608 - our own words
        )

    def problems(self) -> Iterator[Row]:
        """Yield the problems of the runs, in order."""
        yield from self._dicts("SELECT id, run, url, time, kind, detail, missing FROM problems ORDER BY id")

    def runs(self) -> Iterator[Row]:
        """Yield the runs with their counts; `counts` is empty for one that was cut off."""
        for row in self._dicts("SELECT run, started, ended, counts FROM runs ORDER BY run"):
            with mapped_damage(self._path):
                yield row | {"counts": json.loads(str(row["counts"] or "{}"))}

    def numbers(self, *kinds: str) -> list[Row]:
        """Return the time line of numbers of these kinds, like `Reader.numbers`, as it is now, not at that moment."""
        with Reader(self.archive) as reader:
            return reader.numbers(kinds)

    def _dicts(self, sql: str) -> Iterator[Row]:
        with mapped_damage(self._path):
            for row in self._connection.execute(sql):
                yield dict(row)
