"""Pages: their identity, what their latest version says, and their links."""

import json
from collections.abc import Iterable
from datetime import datetime

from postarchive.models import iso_time
from postarchive.record.values import Page
from postarchive.store.kinds import IN_PARTS
from postarchive.store.write.index import WordIndex
from postarchive.store.write.rows import PageRow, summary
from postarchive.store.write.statements import Statements, Subject


class PageRows(Subject):
    """The rows of pages and their links."""

    def __init__(self, db: Statements, index: WordIndex) -> None:
        """Keep the index too: it must follow the sheets that join an article."""
        super().__init__(db)
        self._index = index

    def find(self, site: str, key: str) -> PageRow | None:
        """Return the page of this identity; None when it is new."""
        found = self._db.one("SELECT id, url, gone FROM pages WHERE site = :site AND key = :key", site=site, key=key)
        return PageRow(found["id"], found["url"], found["gone"]) if found else None

    def get(self, page: int) -> PageRow:
        """Return a page by its row id."""
        found = self._db.one("SELECT id, url, gone FROM pages WHERE id = :id", id=page)
        if found is None:
            raise KeyError(page)
        return PageRow(found["id"], found["url"], found["gone"])

    def add(self, site: str, key: str, *, record: Page, url: str) -> int:
        """Add a new page and return its row id; a sheet joins its article."""
        page = self._db.run(
            """
            INSERT INTO pages (article, site, key, node, sheet, url, kind, title, date, source) VALUES (
              (SELECT coalesce(max(id), 0) + 1 FROM pages),  -- its own id
              :site, :key, :node, :sheet, :url, :kind, :title, :date, :source
            )
            """,
            site=site,
            key=key,
            url=url,
            node=record.node,
            sheet=record.sheet,
            **summary(record),
        )
        if self._has_other_sheets(page, site, record.node):
            self._join_sheets(page)
        return page

    def update(self, page: int, record: Page) -> None:
        """Set a page's row to what its latest version says."""
        self._db.run(
            "UPDATE pages SET kind = :kind, title = :title, date = :date, source = :source WHERE id = :page",
            page=page,
            **summary(record),
        )
        self._join_sheets(page)

    def _has_other_sheets(self, page: int, site: str, node: int | None) -> bool:
        found = self._db.one(
            "SELECT 1 FROM pages WHERE node = :node AND site = :site AND id <> :page", node=node, site=site, page=page
        )
        return found is not None

    def _join_sheets(self, page: int) -> None:
        """Put the sheets of a page's article under the one that was captured first."""
        rows = self._db.all(
            f"""
            SELECT sheet.id, sheet.article, sheet.kind IN {IN_PARTS} AS has_parts,
                   first_value(sheet.id) OVER (ORDER BY sheet.kind NOT IN {IN_PARTS}, sheet.sheet, sheet.id) AS first
            FROM pages AS own JOIN pages AS sheet ON sheet.node = own.node AND sheet.site = own.site
            WHERE own.id = :page
            """,  # noqa: S608 - a constant
            page=page,
        )
        moves = [(row["first"] if row["has_parts"] else row["id"], row["id"], row["article"]) for row in rows]
        for article, _, before in moves:
            if article != before:
                self._index.mark_stale(before)
                self._index.mark_stale(article)
        self._db.run_each(
            "UPDATE pages SET article = ? WHERE id = ?",
            [(article, sheet) for article, sheet, before in moves if article != before],
        )

    def set_gone(self, page: int, since: datetime | None) -> None:
        """Record since when a page has been gone; None when it is there (again)."""
        self._db.run(
            "UPDATE pages SET gone = :since WHERE id = :page", page=page, since=iso_time(since) if since else None
        )

    def set_links(self, page: int, urls: str) -> None:
        """Replace the links of a page by these, a JSON array in order; most visits change none."""
        self._db.run(
            """
            INSERT INTO link_lists (page, urls) VALUES (:page, :urls)
            ON CONFLICT (page) DO UPDATE SET urls = excluded.urls WHERE urls <> excluded.urls
            """,
            page=page,
            urls=urls,
        )

    def media(self, urls: Iterable[str] | None = None) -> list[str]:
        """Return the pictures and files of the latest records, each once, for all pages or those at some URLs."""
        rows = self._db.all(
            """
            SELECT json_extract(medium.value, '$.url') AS url FROM pages
            JOIN versions ON versions.page = pages.id
              AND versions.number = (SELECT max(number) FROM versions WHERE page = pages.id)
            JOIN json_each(json_array('$.images', '$.attachments')) AS part
            JOIN json_each(versions.record, part.value) AS medium
            WHERE :urls IS NULL OR pages.id IN (
              SELECT page FROM addresses WHERE url IN (SELECT value FROM json_each(:urls))
            )
            ORDER BY pages.id, part.key, medium.key
            """,
            urls=json.dumps(list(urls)) if urls is not None else None,
        )
        return list(dict.fromkeys(row["url"] for row in rows))

    def newest_date(self, kind: str) -> str | None:
        """Return the newest printed date of a kind's pages; None when none has a date."""
        found = self._db.one("SELECT max(date) AS date FROM pages WHERE kind = :kind", kind=kind)
        return found["date"] if found else None
