"""Compare the stored rows of captures, runs and versions, each with the record that it describes."""

import json
from collections.abc import Iterator
from datetime import datetime

from postarchive.models import Capture, Evidence, RunEnded, RunStarted
from postarchive.record.revisions import fingerprint
from postarchive.record.values import from_json
from postarchive.store.audit import CaptureRow, Snapshot, StoredRun
from postarchive.store.write.rows import pairs_json
from postarchive.verify.findings import MAX_FINDINGS, Finding, Proof, failed
from postarchive.warc import run_of
from postarchive.wayback import unwrapped


class Stored:
    """The rows of `captures` and `runs`, walked along with the evidence; empty without a database."""

    def __init__(self, snapshot: Snapshot | None, reported_files: set[str]) -> None:
        """Begin at the first row; whether the `reported_files` are here is reported already."""
        self.is_empty = snapshot is None
        self._rows = snapshot.captures() if snapshot else iter(())
        self._runs: dict[str, StoredRun] = snapshot.runs() if snapshot else {}
        self._reported_files = reported_files
        self._row: CaptureRow | None = None
        self._count = 0
        self._step()

    def compare(self, capture: Capture, evidence: Evidence, *, is_due: bool) -> Iterator[Finding]:
        """Yield how the rows up to this record differ from it; its row may be missing if it is not due yet."""
        if self.is_empty:
            return
        yield from self.skip(evidence.file, evidence.offset, is_silent=not is_due)
        row = self._row
        if row is None or (row.evidence.file, row.evidence.offset) != (evidence.file, evidence.offset):
            problem = f"the response of {capture.url} ({evidence.record_id}) has no row in captures"
            if is_due:
                yield from self._limited(Finding(Proof.FAILED, evidence.file, problem, evidence.offset))
            return
        self._step()
        expected = _expected(row.id, capture, evidence)
        if row != expected:
            yield from self._limited(_row_failed(row, _unlike(row, expected)))

    def skip(self, file: str, offset: int, *, is_silent: bool) -> Iterator[Finding]:
        """Skip the rows before a place: they have no record, which is reported unless damage explains it."""
        while (row := self._row) and (row.evidence.file, row.evidence.offset) < (file, offset):
            self._step()
            if row.evidence.file not in self._reported_files or (row.evidence.file == file and not is_silent):
                yield from self._limited(
                    _row_failed(row, f"no such record at {row.evidence.file}@{row.evidence.offset}")
                )

    def compare_run(self, file: str, started: RunStarted | None, ended: RunEnded | None) -> Iterator[Finding]:
        """Yield how the row of a file's run differs from the file's first and last records."""
        row = self._runs.pop(run_of(file), None)
        if started is None:
            return
        expected = StoredRun(
            run=started.run,
            file=file,
            started=iso_time(started.time),
            ended=iso_time(ended.time) if ended else None,
            options=pairs_json(started.options),
            counts=pairs_json(ended.counts) if ended else None,
        )
        if row != expected:
            names = ("file", "started", "ended", "options", "counts")
            problem = "the row is missing" if row is None else _differing(row, expected, names)
            yield Finding(Proof.FAILED, "runs", problem, key=started.run)

    def left_over(self) -> Iterator[Finding]:
        """Yield the rows that come after all evidence, and how many more there are."""
        yield from self.skip("\U0010ffff", 0, is_silent=True)
        for run, row in self._runs.items():
            if row.file not in self._reported_files:
                yield Finding(Proof.FAILED, "runs", f"its file {row.file} is not in the archive", key=run)
        if self._count > MAX_FINDINGS:
            yield failed("captures", f"{self._count} rows do not fit the evidence; the first {MAX_FINDINGS} are named")

    def _limited(self, finding: Finding) -> Iterator[Finding]:
        self._count += 1
        if self._count <= MAX_FINDINGS:
            yield finding

    def _step(self) -> None:
        self._row = next(self._rows, None)


def _row_failed(row: CaptureRow, problem: str) -> Finding:
    return Finding(Proof.FAILED, "captures", problem, key=str(row.id))


def _expected(row: int, response: Capture, evidence: Evidence) -> CaptureRow:
    """Return the row that a response should have; for a replay, with the site's URL and time as it names them."""
    capture = unwrapped(response)
    return CaptureRow(
        id=row,
        run=run_of(evidence.file),
        url=capture.url,
        time=iso_time(capture.time),
        status=capture.status,
        origin=capture.origin,
        replay_url=response.copied_from if capture is response else response.url,
        evidence=evidence,
    )


def _unlike(row: CaptureRow, expected: CaptureRow) -> str:
    fields = _differing(row, expected, ("run", "url", "time", "status", "origin", "replay_url"))
    places = _differing(row.evidence, expected.evidence, ("length_bytes", "record_id", "payload_digest"))
    return f"{', '.join(filter(None, (fields, places)))} ({expected.evidence.file}@{expected.evidence.offset})"


def _differing(row: object, expected: object, names: tuple[str, ...]) -> str:
    pairs = [(name, getattr(row, name), getattr(expected, name)) for name in names]
    return ", ".join(f"{name} is {found}, its record says {said}" for name, found, said in pairs if found != said)


def is_own_fingerprint(record: str, mark: str) -> bool:
    """Tell whether a version's stored fingerprint is that of its record."""
    try:
        return fingerprint(from_json(json.loads(record))) == mark
    except ValueError:
        return False


def iso_time(time: datetime) -> str:
    """Return a time as the database writes it."""
    return time.isoformat(timespec="microseconds")
