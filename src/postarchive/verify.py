"""Is the evidence whole, and do the stored rows follow from it? Nothing here writes into the archive.

Each file is read once: gzip and WARC framing, every digest, the bits that no digest covers, and the manifest of its
closing record. Then the manifests must make one chain, so that a removed, replaced or added file shows. The rows of
the database are compared with the records on the way, and at the end with a database made anew.
"""

import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from postarchive.errors import DamagedRecord, PostarchiveError, UnreadableInput
from postarchive.models import Capture, Event, Evidence, RunEnded, RunStarted
from postarchive.revisions import fingerprint
from postarchive.store.audit import Places, Snapshot, StoredCapture, StoredRun, scratch_database
from postarchive.store.files import database_path, needs_rebuild
from postarchive.warc import (
    GZIP_HEAD_BYTES,
    Manifest,
    Record,
    event_of,
    loose_bits,
    manifest_in,
    manifest_of,
    members,
    read_body,
    record_after,
    records,
    warc_files,
)
from postarchive.wayback import unwrapped

Rebuild: TypeAlias = Callable[[Path, Mapping[str, int]], None]
TORN = re.compile(r".+\.warc\.gz\.torn\d*")  # what a killed run left, moved aside; it holds no whole record
CHUNK_BYTES = 1 << 20
MOST_FINDINGS = 5  # of one file or table: the first ones tell the place, a thousand more tell nothing


class Answer(StrEnum):
    """What verification says of the whole, or of one place."""

    OK = "ok"
    FAILED = "failed"
    UNVERIFIABLE = "unverifiable"


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where something is wrong, or cannot be proved; `subject` is a file or a table.

    `offset` is a byte position in the file, `key` a row's primary key; None when the problem is the whole subject's.
    """

    answer: Answer
    subject: str
    problem: str
    offset: int | None = None
    key: str | None = None

    @property
    def place(self) -> str:
        """Return the place in one word or two: `file@offset`, or table and key."""
        if self.offset is not None:
            return f"{self.subject}@{self.offset}"
        return f"{self.subject} {self.key}" if self.key else self.subject


@dataclass(slots=True)
class Tally:
    """What was looked at, counted while the findings come; `manifest` is the newest link of the chain."""

    files: int = 0
    records: int = 0
    answer: Answer = Answer.OK
    manifest: str | None = None
    is_deep: bool = False

    def add(self, finding: Finding) -> None:
        """Let a finding weigh on the answer: one failure is a failure of the whole."""
        if self.answer is not Answer.FAILED:
            self.answer = finding.answer


@dataclass(frozen=True, slots=True)
class _Seal:
    """What the chain needs of a file: whose run it claims to be, its manifest if it was closed, else what stands there.

    `length_bytes` and `sha256_hex` are of the bytes before the closing record, or of the whole file without one.
    """

    file: str
    claimed: str
    manifest: Manifest | None
    offset: int
    length_bytes: int
    sha256_hex: str
    is_damaged: bool

    def digest(self, previous: str | None) -> str:
        """Return what the next file's manifest must name as previous."""
        if self.manifest:
            return self.manifest.digest
        return manifest_of(
            previous=previous, file=self.claimed, length_bytes=self.length_bytes, sha256_hex=self.sha256_hex
        )


def verify_archive(
    archive: Path,
    tally: Tally,
    *,
    rebuild: Rebuild | None = None,
    manifest: str | None = None,
    on_file: Callable[[str], None] = lambda _: None,
) -> Iterator[Finding]:
    """Yield what is wrong with an archive, or cannot be proved; fill in the tally meanwhile.

    `rebuild` makes a database at a path from the files up to the given positions; None leaves the deep comparison out.
    `manifest` is a digest that somebody kept elsewhere: the chain must hold it. `on_file` is told of each step.
    Raises UnreadableInput when there is no archive.
    """
    if not (archive / "warc").is_dir():
        raise UnreadableInput(str(archive), "no archive here; name its folder with --archive")
    snapshot = _open(archive)
    if isinstance(snapshot, Finding):
        found = _Verification(archive, None, tally, on_file).evidence(manifest)
        yield from _counted(found, tally, snapshot)
        return
    with snapshot:
        verification = _Verification(archive, snapshot, tally, on_file)
        yield from _counted(verification.evidence(manifest), tally)
        yield from _counted(verification.rows(rebuild), tally)


def _counted(findings: Iterator[Finding], tally: Tally, *more: Finding) -> Iterator[Finding]:
    for finding in findings:
        tally.add(finding)
        yield finding
    for finding in more:
        tally.add(finding)
        yield finding


def _open(archive: Path) -> Snapshot | Finding:
    path = database_path(archive)
    if not path.exists():
        problem = "there is no database: rows cannot be compared, nor whether the newest files are all here"
        return Finding(Answer.UNVERIFIABLE, path.name, f"{problem}; `postarchive rebuild` makes one")
    try:
        snapshot = Snapshot(archive)
    except PostarchiveError as error:
        answer = Answer.UNVERIFIABLE if needs_rebuild(path) else Answer.FAILED
        return Finding(answer, path.name, error.problem)
    damage = _first_damage(snapshot)
    if damage is None:
        return snapshot
    snapshot.close()
    return Finding(Answer.FAILED, path.name, damage)


def _first_damage(snapshot: Snapshot) -> str | None:
    """Return what keeps the rows from being read; None when all tables can be."""
    try:
        damage = snapshot.damage()
        _ = snapshot.ingested(), snapshot.runs(), next(snapshot.captures(), None), next(snapshot.versions(), None)
    except UnreadableInput as error:
        return error.problem
    return f"{damage[0]}; `postarchive rebuild` makes it anew" if damage else None


class _Verification:
    """One pass over an archive: the evidence first, then the rows that remain."""

    def __init__(self, archive: Path, snapshot: Snapshot | None, tally: Tally, on_file: Callable[[str], None]) -> None:
        self._archive = archive
        self._snapshot = snapshot
        self._tally = tally
        self._on_file = on_file
        self._ingested = snapshot.ingested() if snapshot else {}
        self._is_evidence_whole = True
        self._reported: set[tuple[str, str | None]] = set()

    def evidence(self, manifest: str | None) -> Iterator[Finding]:
        """Yield what is wrong with the files, with their chain, and with the rows of `captures` and `runs`."""
        files = warc_files(self._archive)
        stored = _Stored(self._snapshot, told={*files, *self._ingested})
        seals: list[_Seal] = []
        with Places() as places:
            for file in files:
                self._on_file(file)
                reading = _Reading(self._archive, file, places, stored, self._ingested.get(file))
                yield from self._noted(reading.findings(is_last=file == files[-1]))
                self._is_evidence_whole = self._is_evidence_whole and not reading.is_failed
                self._tally.records += reading.records
                seals += reading.seals
        self._tally.files = len(files)
        yield from self._of_files(_strangers(self._archive, files))
        yield from self._of_files(self._missing(set(files)))
        yield from self._of_files(self._chain(seals, manifest))
        yield from self._noted(stored.left_over())

    def rows(self, rebuild: Rebuild | None) -> Iterator[Finding]:
        """Yield what is wrong with the rows: their fingerprints, and where they differ from those made anew."""
        try:
            yield from self._versions()
            if rebuild is not None and self._is_evidence_whole:
                yield from self._rebuilt(rebuild)
        except UnreadableInput as error:
            yield Finding(Answer.FAILED, error.subject, error.problem)

    def _noted(self, findings: Iterator[Finding]) -> Iterator[Finding]:
        """Remember which rows are named, so that the deep comparison does not name them again."""
        for finding in findings:
            self._reported.add((finding.subject, finding.key))
            yield finding

    def _of_files(self, findings: Iterator[Finding]) -> Iterator[Finding]:
        """Remember a failure of the evidence as a whole: no database can be made from it to compare with."""
        for finding in findings:
            self._is_evidence_whole = self._is_evidence_whole and finding.answer is not Answer.FAILED
            yield finding

    def _missing(self, files: set[str]) -> Iterator[Finding]:
        for file in sorted(self._ingested.keys() - files):
            yield _failed(file, "the file is missing; the database has rows of it")

    def _chain(self, seals: list[_Seal], manifest: str | None) -> Iterator[Finding]:
        chain = _Chain(seals)
        yield from chain.findings()
        self._tally.manifest = chain.newest
        if manifest is not None and manifest not in chain.digests:
            yield _failed("manifest", f"{manifest} is in no file; the archive is not the one it was taken from")

    def _versions(self) -> Iterator[Finding]:
        found = (row for row in self._stored.versions() if not _is_own_fingerprint(row[1], row[2]))
        for row, _, _ in islice(found, MOST_FINDINGS):
            self._reported.add(("versions", str(row)))
            yield Finding(Answer.FAILED, "versions", "the fingerprint is not that of its record", key=str(row))

    def _rebuilt(self, rebuild: Rebuild) -> Iterator[Finding]:
        self._on_file("the database made anew")
        with scratch_database() as path:
            rebuild(path, self._ingested)
            self._tally.is_deep = True
            counts = Counter[str]()
            for difference in self._stored.differences(path):
                counts[difference.table] += 1
                is_new = (difference.table, difference.key) not in self._reported
                if is_new and counts[difference.table] <= MOST_FINDINGS:
                    yield Finding(Answer.FAILED, difference.table, difference.problem, key=difference.key or None)
        for table, count in counts.items():
            if count > MOST_FINDINGS:
                yield _failed(table, f"{count} rows differ from those made anew; the first {MOST_FINDINGS} are named")

    @property
    def _stored(self) -> Snapshot:
        if self._snapshot is None:
            raise AssertionError  # rows are asked for only where there is a database
        return self._snapshot


class _Reading:
    """One file, read from its first record to its last."""

    def __init__(self, archive: Path, file: str, places: Places, stored: "_Stored", ingested: int | None) -> None:
        self.records = 0
        self.is_failed = False
        self.seals: list[_Seal] = []
        self._archive, self._file, self._places, self._stored = archive, file, places, stored
        self._path = archive / file
        self._ingested = ingested or 0
        self._damages: list[Finding] = []
        self._started: RunStarted | None = None
        self._ended: RunEnded | None = None
        self._closing: Record | None = None
        self._manifest: Manifest | None = None
        self._claimed = file
        self._broken_end: int | None = None  # where the last record begins that is not whole
        self._events_end = 0
        self._heads: dict[bytes, list[int]] = {}
        self._alone: int | None = None  # the first request without its answer, or the other way round
        self._request: Record | None = None

    def findings(self, *, is_last: bool) -> Iterator[Finding]:
        """Yield what is wrong with the file and with the rows of its records; leave its seal."""
        try:
            yield from self._read()
            size = self._path.stat().st_size
            self._end = self._closing.offset if self._closing else size
            if self._closing is None and self._broken_end is not None:
                self._end = self._broken_end
            sha256_hex = _sha256_of(self._path, self._end)
        except OSError as error:
            self.is_failed = True
            yield _failed(self._file, f"cannot be read: {error.strerror or error}")
            return
        if self._closing is None and is_last and self._is_torn_only():
            problem = f"the run was cut off while it wrote its last record, {size - self._end} bytes; no row is of them"
            self._damages = [Finding(Answer.UNVERIFIABLE, self._file, problem, self._end)]
        found = [*self._damages, *self._loose_bits(), *self._unsealed(sha256_hex)]
        found += [] if found else self._unread(is_last=is_last)
        self.is_failed = any(finding.answer is Answer.FAILED and finding.key is None for finding in found)
        yield from _few(found)
        self.seals = [
            _Seal(
                self._file,
                self._claimed,
                self._manifest,
                self._end,
                self._end,
                sha256_hex,
                self.is_failed or bool(self._damages),
            )
        ]

    def _read(self) -> Iterator[Finding]:
        start: int | None = 0
        while start is not None:
            try:
                for record in records(self._archive, self._file, start):
                    self._broken_end = None
                    yield from self._look_at(record)
                start = None
            except DamagedRecord as error:
                self._damages.append(_failed(self._file, error.problem, error.offset))
                self._broken_end = error.offset
                start = record_after(self._path, error.offset)
            except UnreadableInput as error:
                self._damages.append(_failed(self._file, error.problem))
                start = None
        yield from self._stored.skip(self._file, sys.maxsize, is_silent=bool(self._damages))

    def _look_at(self, record: Record) -> Iterator[Finding]:
        self.records += 1
        self._heads.setdefault(_head(self._path, record.offset), []).append(record.offset)
        self._pair(record)
        if self._closing is not None:
            self._damages.append(_failed(self._file, "a record stands behind the closing one", record.offset))
        try:
            event = event_of(record, body_of=self._body_of)
            manifest = manifest_in(record)
        except UnreadableInput as error:
            self._damages.append(_failed(self._file, error.problem, record.offset))
            return
        if event is not None:
            self._events_end = record.offset + record.length_bytes
            yield from self._take(event, record)
        if manifest is not None:
            self._closing, self._manifest, self._claimed = record, manifest, manifest.file

    def _take(self, event: Event, record: Record) -> Iterator[Finding]:
        match event:
            case RunStarted():
                self._started = event
                if record.offset or event.run != _run_of(self._file):
                    self._claimed = f"{PurePosixPath(self._file).parent}/{event.run}.warc.gz"
                    problem = f"the file holds the run {event.run}: it was swapped, copied or renamed"
                    self._damages.append(_failed(self._file, problem, record.offset))
            case RunEnded():
                self._ended = event
            case Capture():
                if record.header("WARC-Type") == "response":
                    self._places.add(record.evidence)
                if self._claimed == self._file:
                    is_due = record.offset < self._ingested and not self._damages
                    yield from self._stored.compare(event, record.evidence, is_due=is_due)

    def _pair(self, record: Record) -> None:
        """Note the first request or answer whose counterpart does not stand beside it."""
        kind, partner = record.header("WARC-Type"), record.headers.get("warc-concurrent-to")
        expected = self._request.headers.get("warc-concurrent-to") if self._request else None
        is_pair = expected == (record.header("WARC-Record-ID") if kind in ("response", "revisit") else None)
        is_alone = self._request is None and kind in ("response", "revisit") and partner is not None
        if self._alone is None and (is_alone or not is_pair) and (self._request or is_alone):
            self._alone = self._request.offset if self._request else record.offset
        self._request = record if kind == "request" else None

    def _body_of(self, record_id: str) -> bytes:
        return read_body(self._archive, self._places.find(record_id))

    def _is_torn_only(self) -> bool:
        """Tell whether all that is wrong is an end as a killed run leaves it, behind all that the database knows."""
        is_end = [finding.offset for finding in self._damages] == [self._broken_end]
        return is_end and 0 < self._ingested <= (self._broken_end or 0)

    def _loose_bits(self) -> Iterator[Finding]:
        """Yield a finding for a gzip header unlike the others, and for odd bits of the closing record.

        All bytes before the closing record stand under the manifest; this names the place, and covers the closing one.
        """
        common = max(self._heads, key=lambda head: len(self._heads[head]), default=b"")
        for head, offsets in self._heads.items():
            if head != common:
                yield _failed(self._file, "the gzip header was changed", offsets[0])
        if self._closing is not None and (problem := self._oddity(self._closing.offset, self._closing.length_bytes)):
            yield _failed(self._file, problem, self._closing.offset)

    def _oddity(self, offset: int, length: int) -> str | None:
        with self._path.open("rb") as stream:
            stream.seek(offset)
            member = stream.read(length)
        is_header_told = len(self._heads) > 1
        problem = loose_bits(member)
        return None if problem and is_header_told and "header" in problem else problem

    def _unsealed(self, sha256_hex: str) -> Iterator[Finding]:
        """Yield where the file is not what its manifest says; a place that is named already is not named again."""
        manifest, closing = self._manifest, self._closing
        if manifest is None or closing is None or manifest.sha256_hex == sha256_hex or self._damages:
            return
        if len(self._heads) > 1 and manifest.length_bytes == closing.offset:
            return
        if manifest.length_bytes != closing.offset:
            missing = manifest.length_bytes - closing.offset
            what = f"{missing} bytes were removed" if missing > 0 else f"{-missing} bytes were put in"
            place = closing.offset if self._alone is None else self._alone
            yield _failed(self._file, f"{what} between records since the run closed", place)
            return
        for offset, length, _ in members(self._path, self._file):
            if offset < closing.offset and (problem := self._oddity(offset, length)):
                yield _failed(self._file, problem, offset)
                return
        yield _failed(self._file, "its bytes are not those that its closing record counted (sha256)", closing.offset)

    def _unread(self, *, is_last: bool) -> Iterator[Finding]:
        """Yield where the database knows more or less of the file than stands in it."""
        if self._stored.is_empty:
            return
        if self._ingested > self._events_end:
            problem = f"the file ends at byte {self._events_end}; the database has rows up to byte {self._ingested}"
            yield _failed(self._file, f"{problem}: its end was cut off", self._events_end)
        elif self._ingested < self._events_end:
            problem = f"{self._events_end - self._ingested} bytes have no rows yet"
            answer = Answer.UNVERIFIABLE if is_last else Answer.FAILED
            advice = "a run goes on, or was cut off" if is_last else "run `postarchive rebuild`"
            yield Finding(answer, self._file, f"{problem}; {advice}", self._ingested)
        else:
            yield from self._stored.compare_run(self._file, self._started, self._ended)


class _Stored:
    """The rows of `captures` and `runs`, walked along with the evidence; empty without a database."""

    def __init__(self, snapshot: Snapshot | None, told: set[str]) -> None:
        """Begin at the first row; of the files in `told` it is known whether they are here."""
        self.is_empty = snapshot is None
        self._rows = snapshot.captures() if snapshot else iter(())
        self._runs: dict[str, StoredRun] = snapshot.runs() if snapshot else {}
        self._told = told
        self._row: StoredCapture | None = None
        self._said = 0
        self._step()

    def compare(self, capture: Capture, evidence: Evidence, *, is_due: bool) -> Iterator[Finding]:
        """Yield how the rows up to this record differ from it; it may lack a row when none is due yet."""
        if self.is_empty:
            return
        yield from self.skip(evidence.file, evidence.offset, is_silent=not is_due)
        row = self._row
        if row is None or (row.evidence.file, row.evidence.offset) != (evidence.file, evidence.offset):
            problem = f"the answer of {capture.url} ({evidence.record_id}) has no row in captures"
            if is_due:
                yield from self._say(Finding(Answer.FAILED, evidence.file, problem, evidence.offset))
            return
        self._step()
        expected = _expected(row.id, capture, evidence)
        if row != expected:
            yield from self._say(_row_failed(row, _unlike(row, expected)))

    def skip(self, file: str, offset: int, *, is_silent: bool) -> Iterator[Finding]:
        """Pass by the rows before a place: they have no record, which is said unless damage explains it."""
        while (row := self._row) and (row.evidence.file, row.evidence.offset) < (file, offset):
            self._step()
            if row.evidence.file not in self._told or (row.evidence.file == file and not is_silent):
                yield from self._say(_row_failed(row, f"no such record at {row.evidence.file}@{row.evidence.offset}"))

    def compare_run(self, file: str, started: RunStarted | None, ended: RunEnded | None) -> Iterator[Finding]:
        """Yield how the row of a file's run differs from its first and last record."""
        row = self._runs.pop(_run_of(file), None)
        if started is None:
            return
        expected = StoredRun(started.run, file, _stamp(started.time), _stamp(ended.time) if ended else None)
        if row != expected:
            names = ("file", "started", "ended")
            problem = "the row is missing" if row is None else _differing(row, expected, names)
            yield Finding(Answer.FAILED, "runs", problem, key=started.run)

    def left_over(self) -> Iterator[Finding]:
        """Yield the rows behind all evidence, and how many could not be named."""
        yield from self.skip("\U0010ffff", 0, is_silent=True)
        for run, row in self._runs.items():
            if row.file not in self._told:
                yield Finding(Answer.FAILED, "runs", f"its file {row.file} is not in the archive", key=run)
        if self._said > MOST_FINDINGS:
            yield _failed("captures", f"{self._said} rows do not fit the evidence; the first {MOST_FINDINGS} are named")

    def _say(self, finding: Finding) -> Iterator[Finding]:
        self._said += 1
        if self._said <= MOST_FINDINGS:
            yield finding

    def _step(self) -> None:
        self._row = next(self._rows, None)


class _Chain:
    """The manifests of all files, each of which must name the one before it."""

    def __init__(self, seals: list[_Seal]) -> None:
        genuine = {seal.file for seal in seals if seal.claimed == seal.file}
        kept = [seal for seal in seals if seal.claimed == seal.file or seal.claimed not in genuine]
        self._seals = sorted(kept, key=lambda seal: seal.claimed)
        self._known: str | None = None
        self._pending: list[_Seal] = []
        self.digests: set[str] = set()

    @property
    def newest(self) -> str | None:
        """Return the digest that stands for the whole chain; None for no files."""
        digest = self._known
        for seal in self._pending:
            digest = seal.digest(digest)
            self.digests.add(digest)
        return digest

    def findings(self) -> Iterator[Finding]:
        """Yield where the chain breaks, and what no manifest covers yet."""
        for place, seal in enumerate(self._seals):
            if seal.manifest is None:
                self._pending.append(seal)
                continue
            yield from self._link(seal, seal.manifest, self._seals[place + 1 :])
        for seal in self._pending:
            if not seal.is_damaged:
                problem = "the run has no closing record: it goes on, or was cut off; its records are whole, but that"
                yield Finding(Answer.UNVERIFIABLE, seal.file, f"{problem} none is missing at its end cannot be proved")
        self.digests.update(filter(None, [self.newest]))

    def _link(self, seal: _Seal, manifest: Manifest, later: list[_Seal]) -> Iterator[Finding]:
        expected = self.newest
        if manifest.previous == expected:
            pass
        elif self._pending and manifest.previous == self._known:
            for stranger in self._pending:
                if not stranger.is_damaged:
                    yield _failed(stranger.file, f"{seal.file} does not know it: it was added, or changed since")
        elif any(other.manifest and other.manifest.previous == expected for other in later):
            yield _failed(seal.file, "its manifest follows no file of this archive: it was put in", seal.offset)
            return
        else:
            yield from self._gap(seal, manifest)
        self._known, self._pending = manifest.digest, []
        self.digests.add(manifest.digest)

    def _gap(self, seal: _Seal, manifest: Manifest) -> Iterator[Finding]:
        if any(other.is_damaged for other in self._pending):
            return  # the break of the chain has its explanation
        before = self._pending[-1].file if self._pending else None
        if before:
            yield _failed(before, f"it is not what {seal.file} was chained to: it was changed, or a file is missing")
            return
        last = max((other.claimed for other in self._seals if other.claimed < seal.claimed), default="its beginning")
        problem = f"a file is missing or was replaced between {last} and this one"
        yield _failed(seal.file, f"{problem}: its manifest follows {manifest.previous or 'none'}", seal.offset)


def _failed(subject: str, problem: str, offset: int | None = None) -> Finding:
    return Finding(Answer.FAILED, subject, problem, offset)


def _row_failed(row: StoredCapture, problem: str) -> Finding:
    return Finding(Answer.FAILED, "captures", problem, key=str(row.id))


def _few(findings: list[Finding]) -> Iterator[Finding]:
    yield from findings[:MOST_FINDINGS]
    if len(findings) > MOST_FINDINGS:
        yield _failed(findings[0].subject, f"{len(findings)} places; the first {MOST_FINDINGS} are named")


def _strangers(archive: Path, files: list[str]) -> Iterator[Finding]:
    """Yield what stands in the folder of the evidence and is none."""
    known = set(files)
    for path in sorted((archive / "warc").rglob("*")):
        name = path.relative_to(archive).as_posix()
        if not path.is_dir() and name not in known and not TORN.fullmatch(path.name):
            yield _failed(name, "no file of this program; take it out of the folder of the evidence")


def _expected(row: int, answer: Capture, evidence: Evidence) -> StoredCapture:
    """Return the row that stands for an answer; of a replay it has the site's URL and time, read from the answer."""
    capture = unwrapped(answer)
    return StoredCapture(
        id=row,
        run=_run_of(evidence.file),
        url=capture.url,
        time=_stamp(capture.time),
        status=capture.status,
        origin=capture.origin,
        replay_url=None if capture is answer else answer.url,
        evidence=evidence,
    )


def _unlike(row: StoredCapture, expected: StoredCapture) -> str:
    told = _differing(row, expected, ("run", "url", "time", "status", "origin", "replay_url"))
    places = _differing(row.evidence, expected.evidence, ("length_bytes", "record_id", "payload_digest"))
    return f"{', '.join(filter(None, (told, places)))} ({expected.evidence.file}@{expected.evidence.offset})"


def _differing(row: object, expected: object, names: tuple[str, ...]) -> str:
    pairs = [(name, getattr(row, name), getattr(expected, name)) for name in names]
    return ", ".join(f"{name} is {found}, its record says {said}" for name, found, said in pairs if found != said)


def _is_own_fingerprint(record: str, mark: str) -> bool:
    try:
        document = json.loads(record)
        return isinstance(document, dict) and fingerprint(document) == mark
    except (ValueError, TypeError, IndexError, KeyError):
        return False


def _head(path: Path, offset: int) -> bytes:
    with path.open("rb") as stream:
        stream.seek(offset)
        return stream.read(GZIP_HEAD_BYTES)


def _sha256_of(path: Path, length: int) -> str:
    digest, left = hashlib.sha256(), length
    with path.open("rb") as stream:
        while left and (chunk := stream.read(min(left, CHUNK_BYTES))):
            digest.update(chunk)
            left -= len(chunk)
    return digest.hexdigest()


def _run_of(file: str) -> str:
    return PurePosixPath(file).name.partition(".")[0]


def _stamp(time: datetime) -> str:
    return time.isoformat(timespec="microseconds")
