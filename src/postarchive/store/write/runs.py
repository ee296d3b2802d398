"""Runs, the WARC files that have rows, the seals over them, and the problems of runs."""

from datetime import datetime

from postarchive.models import Evidence, RunEnded, RunStarted, Seal, iso_time
from postarchive.store.write.rows import pairs_json
from postarchive.store.write.statements import Part


class Runs(Part):
    """The rows of runs, ingested files, seals and problems."""

    def ingested_bytes(self, file: str) -> int:
        """Return up to where a WARC file has its rows; 0 for one not seen yet."""
        found = self._db.one("SELECT ingested_bytes FROM files WHERE file = :file", file=file)
        return int(found["ingested_bytes"]) if found else 0

    def set_ingested(self, file: str, length_bytes: int) -> None:
        """Note up to where a WARC file has its rows."""
        self._db.run(
            "INSERT INTO files (file, ingested_bytes) VALUES (:file, :bytes) "
            "ON CONFLICT (file) DO UPDATE SET ingested_bytes = excluded.ingested_bytes",
            file=file,
            bytes=length_bytes,
        )

    def files(self) -> list[str]:
        """Return the WARC files that have rows, in order."""
        return [row["file"] for row in self._db.all("SELECT file FROM files ORDER BY file")]

    def last(self) -> str | None:
        """Return the latest run; None in a new archive."""
        found = self._db.one("SELECT max(run) AS run FROM runs")
        return found["run"] if found else None

    def add(self, started: RunStarted, file: str) -> None:
        """Add a run that begins."""
        self._db.run(
            "INSERT INTO runs (run, file, started, options) VALUES (:run, :file, :started, :options)",
            run=started.run,
            file=file,
            started=iso_time(started.time),
            options=pairs_json(started.options),
        )

    def end(self, ended: RunEnded) -> None:
        """Note the end of a run and its counts."""
        self._db.run(
            "UPDATE runs SET ended = :ended, counts = :counts WHERE run = :run",
            run=ended.run,
            ended=iso_time(ended.time),
            counts=pairs_json(ended.counts),
        )

    def add_seal(self, run: str, seal: Seal, evidence: Evidence) -> None:
        """Add a seal over all runs before this one."""
        self._db.run(
            "INSERT INTO seals (run, manifest, authority, time, record_id, file, offset) "
            "VALUES (:run, :manifest, :authority, :time, :record_id, :file, :offset)",
            run=run,
            manifest=seal.manifest,
            authority=seal.authority,
            time=iso_time(seal.sealed),
            record_id=evidence.record_id,
            file=evidence.file,
            offset=evidence.offset,
        )

    def add_problem(  # noqa: PLR0913 - one row
        self,
        run: str,
        url: str,
        *,
        time: datetime,
        kind: str,
        detail: str,
        missing: str | None = None,
        capture: int | None = None,
    ) -> None:
        """Add a problem of a run."""
        self._db.run(
            "INSERT INTO problems (run, url, time, kind, detail, missing, capture) "
            "VALUES (:run, :url, :time, :kind, :detail, :missing, :capture)",
            run=run,
            url=url,
            time=iso_time(time),
            kind=kind,
            detail=detail,
            missing=missing,
            capture=capture,
        )

    def redesigned(self, run: str) -> tuple[int, int]:
        """Return how many pages changed record and structure in a run, and how many it saw."""
        found = self._db.one(
            """
            SELECT (SELECT count(*) FROM changes
                    JOIN captures ON captures.id = changes.capture AND captures.run = :run
                    JOIN versions AS new ON new.page = changes.page AND new.number = changes.version
                    JOIN versions AS old ON old.page = new.page AND old.number = new.number - 1
                    WHERE changes.change IN ('edit', 'layout') AND old.skeleton <> new.skeleton) AS redesigned,
                   (SELECT count(*) FROM captures WHERE run = :run AND status IN (200, 304)) AS seen
            """,
            run=run,
        )
        return (found["redesigned"], found["seen"]) if found else (0, 0)
