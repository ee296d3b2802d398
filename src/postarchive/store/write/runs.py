"""Runs, the WARC files that have rows, the seals on them, and the problems of runs."""

from contextlib import suppress
from datetime import UTC, datetime

from postarchive.models import Evidence, RunEnded, RunStarted, Seal, iso_time
from postarchive.store.stored import text_in, time_in
from postarchive.store.write.rows import pairs_json
from postarchive.store.write.statements import Statements, Subject
from postarchive.times import EARLIEST

RUN_FORMAT = "%Y%m%dT%H%M%SZ"


class RunRows(Subject):
    """The rows of runs, ingested files, seals and problems."""

    def __init__(self, db: Statements) -> None:
        """Begin without knowing of any run that has a row."""
        super().__init__(db)
        self._known: set[str] = set()
        self._ingested: dict[str, int] = {}

    def ingested_bytes(self, file: str) -> int:
        """Return how many bytes of a WARC file have rows; 0 for one not seen yet."""
        found = self._db.one("SELECT ingested_bytes FROM files WHERE file = :file", file=file)
        length = found["ingested_bytes"] if found else 0
        if not isinstance(length, int):
            raise self._db.damaged("a place in `files` is not a number")
        if length < 0:
            raise self._db.damaged("a place in `files` is before the file")
        return length

    def set_ingested(self, file: str, length_bytes: int) -> None:
        """Note how many bytes of a WARC file have rows; it is written at the end of the transaction."""
        self._ingested[file] = length_bytes

    def flush(self) -> None:
        """Write how many bytes of the WARC files have rows."""
        self._db.run_each(
            "INSERT INTO files (file, ingested_bytes) VALUES (?, ?) "
            "ON CONFLICT (file) DO UPDATE SET ingested_bytes = excluded.ingested_bytes",
            list(self._ingested.items()),
        )
        self._ingested.clear()

    def files(self) -> list[str]:
        """Return the WARC files that have rows, in order."""
        self.flush()
        return [row["file"] for row in self._db.all("SELECT file FROM files ORDER BY file")]

    def last(self) -> str | None:
        """Return the latest run; None in a new archive. Raises UnreadableInput if its name is not text."""
        found = self._db.one("SELECT max(run) AS run FROM runs")
        return text_in(found["run"]) if found and found["run"] is not None else None

    def ensure(self, run: str, file: str) -> None:
        """Add a run whose file has records but lacks the one it began with."""
        if run not in self._known:
            self._db.run(
                "INSERT OR IGNORE INTO runs (run, file, started, options) VALUES (:run, :file, :began, '{}')",
                run=run,
                file=file,
                began=iso_time(_named_time(run)),
            )
            self._known.add(run)

    def began(self, run: str) -> datetime:
        """Return when a run began, by its evidence, else by its name."""
        found = self._db.one("SELECT started FROM runs WHERE run = :run", run=run)
        return time_in(found["started"]) if found else _named_time(run)

    def forget(self) -> None:
        """Forget what was remembered in a transaction that was rolled back."""
        self._known.clear()
        self._ingested.clear()

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
        """Record the end of a run and its counts."""
        self._db.run(
            "UPDATE runs SET ended = :ended, counts = :counts WHERE run = :run",
            run=ended.run,
            ended=iso_time(ended.time),
            counts=pairs_json(ended.counts),
        )

    def add_seal(self, run: str, seal: Seal, evidence: Evidence) -> None:
        """Add a seal on all runs before this one."""
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

    def latest_problem(self, kind: str) -> tuple[str, datetime] | None:
        """Return URL and time of the latest problem of a kind; None when there is none."""
        found = self._db.one("SELECT url, time FROM problems WHERE kind = :kind ORDER BY id DESC LIMIT 1", kind=kind)
        return (found["url"], time_in(found["time"])) if found else None

    def problem_urls(self, *kinds: str) -> set[str]:
        """Return the URLs that had a problem of one of these kinds."""
        return {
            row["url"]
            for kind in kinds
            for row in self._db.all("SELECT DISTINCT url FROM problems WHERE kind = :kind", kind=kind)
        }

    def details(self, kind: str) -> tuple[str, ...]:
        """Return what the problems of a kind say, in order."""
        rows = self._db.all("SELECT detail FROM problems WHERE kind = :kind ORDER BY id", kind=kind)
        return tuple(row["detail"] for row in rows)

    def redesigned(self, run: str) -> tuple[int, int]:
        """Return how many pages changed both record and structure in a run, and how many it saw."""
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


def _named_time(run: str) -> datetime:
    """Return the time that a run is named after; the earliest possible one for any other name."""
    with suppress(ValueError):
        return datetime.strptime(run, RUN_FORMAT).replace(tzinfo=UTC)
    return EARLIEST
