"""Check one file of the evidence from its first record to its last: framing, digests, loose bits, manifest."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from postarchive.errors import DamagedRecord, UnreadableInput
from postarchive.models import Capture, Event, Evidence, RunEnded, RunStarted, Seal
from postarchive.paths import open_evidence, open_regular
from postarchive.store.audit import Places
from postarchive.verify.chain import ChainLink
from postarchive.verify.findings import Finding, Proof, failed, few
from postarchive.verify.members import Members, Pairs
from postarchive.verify.rows import Stored
from postarchive.verify.seals import KeptSeal
from postarchive.warc import (
    Manifest,
    WarcRecord,
    certificates_in,
    checked_event,
    manifest_in,
    members,
    record_after,
    records,
    run_of,
)

CHUNK_BYTES = 1 << 20


class FileCheck:
    """One file, read from its first record to its last."""

    def __init__(self, archive: Path, file: str, places: Places, stored: Stored, ingested: int | None) -> None:
        """Begin at the first record; the database has rows for the first `ingested` bytes, None for no rows."""
        self.records = 0
        self.is_failed = False
        self.links: list[ChainLink] = []
        self._seals: list[tuple[int, Seal, bytes]] = []
        self._certificates = b""
        self._archive, self._file, self._places, self._stored = archive, file, places, stored
        self._path = archive / file
        self._ingested = ingested or 0
        self._damages: list[Finding] = []
        self._started: RunStarted | None = None
        self._ended: RunEnded | None = None
        self._closing: WarcRecord | None = None
        self._manifest: Manifest | None = None
        self._claimed = file
        self._broken_end: int | None = None  # where the last incomplete record begins
        self._events_end = 0
        self._is_reached = not self._ingested  # whether a record ends exactly where the database's rows end
        self._pairs = Pairs()

    def findings(self, *, is_last: bool) -> Iterator[Finding]:
        """Yield what is wrong with the file and with the rows of its records, and set its `link`."""
        try:
            stream = open_evidence(self._archive, self._file)
        except UnreadableInput as error:
            self.is_failed = True
            yield from self._stored.skip(self._file, sys.maxsize, is_silent=True)
            yield failed(self._file, error.problem)
            return
        with stream:
            self._members = Members(self._file, stream)
            yield from self._findings(is_last=is_last)

    def _findings(self, *, is_last: bool) -> Iterator[Finding]:
        try:
            yield from self._read()
            size = self._path.stat().st_size
            self._end = self._closing.offset if self._closing else size
            if self._closing is None and self._broken_end is not None:
                self._end = self._broken_end
            sha256_hex = _sha256_of(self._path, self._end)
        except OSError as error:
            self.is_failed = True
            yield failed(self._file, f"cannot be read: {error.strerror or error}")
            return
        if self._closing is None and is_last and self._is_torn_only():
            problem = (
                f"the run was cut off while it wrote its last record, {size - self._end} bytes, which have no rows"
            )
            self._damages = [Finding(Proof.UNVERIFIABLE, self._file, problem, self._end)]
        found = [*self._damages, *self._members.findings(self._closing, self._manifest), *self._unsealed(sha256_hex)]
        found += [] if found else self._unread(is_last=is_last)
        self.is_failed = any(finding.proof is Proof.FAILED and finding.key is None for finding in found)
        yield from few(found)
        self.links = [self._link(sha256_hex)]

    def _link(self, sha256_hex: str) -> ChainLink:
        closing = self._closing
        member = self._members.read(closing.offset, closing.length_bytes) if closing else b""
        return ChainLink(
            self._file,
            self._claimed,
            self._manifest,
            self._end,
            self._end,
            sha256_hex,
            self.is_failed or bool(self._damages),
            hashlib.sha256(member).hexdigest() if closing else "",
        )

    @property
    def seals(self) -> list[KeptSeal]:
        """Return the seals in the file, with the manifest that its run follows."""
        follows = self._manifest.previous if self._manifest else None
        return [KeptSeal(self._file, offset, seal, kept, follows) for offset, seal, kept in self._seals]

    def _read(self) -> Iterator[Finding]:
        start: int | None = 0
        while start is not None:
            try:
                for record in records(self._archive, self._file, start):
                    self._broken_end = None
                    yield from self._look_at(record)
                start = None
            except DamagedRecord as error:
                self._damage(error.problem, error.offset)
                self._broken_end = error.offset
                start = record_after(self._path, error.offset)
            except UnreadableInput as error:
                self._damages.append(failed(self._file, error.problem))
                start = None
        yield from self._stored.skip(self._file, sys.maxsize, is_silent=bool(self._damages))

    def _look_at(self, record: WarcRecord) -> Iterator[Finding]:
        self.records += 1
        self._is_reached = self._is_reached or record.offset + record.length_bytes == self._ingested
        self._members.add(record)
        if self.records == 1 and record.header("WARC-Type") != "warcinfo":
            self._damage("the file does not begin with the record of its run", record.offset)
        self._pairs.add(record)
        if self._closing is not None:
            self._damage("a record follows the closing one", record.offset)
        try:
            event = checked_event(record, digest_of=self._digest_of)
            manifest, evidence = manifest_in(record), record.evidence
        except UnreadableInput as error:
            self._damage(error.problem, record.offset)
            return
        if event is not None:
            self._events_end = record.offset + record.length_bytes
            yield from self._take(event, record, evidence)
        self._certificates = certificates_in(record) or b""
        if manifest is not None:
            if manifest.file != self._claimed:
                self._damage(f"its manifest is that of another file, {manifest.file}", record.offset)
            self._closing, self._manifest, self._claimed = record, manifest, manifest.file

    def _take(self, event: Event, record: WarcRecord, evidence: Evidence) -> Iterator[Finding]:
        match event:
            case RunStarted():
                self._started = event
                self._take_start(event, record)
            case RunEnded():
                self._ended = event
                if event.run != run_of(self._file):
                    self._damage(f"it closes the run {event.run}, which is not that of the file", record.offset)
            case Seal():
                self._seals.append((record.offset, event, self._certificates))
            case Capture():
                if record.header("WARC-Type") == "response":
                    self._places.add(evidence)
                if self._claimed == self._file:
                    is_due = record.offset < self._ingested and not self._damages
                    yield from self._stored.compare(event, evidence, is_due=is_due)

    def _take_start(self, started: RunStarted, record: WarcRecord) -> None:
        name = f"{started.run}.warc.gz"
        if record.offset or f"warc/{started.run[:4]}/{name}" != self._file:
            self._claimed = f"warc/{started.run[:4]}/{name}"
            self._damage(f"the file holds the run {started.run}: it was swapped, copied or renamed", record.offset)
        elif record.headers.get("warc-filename") != name:
            self._damage("its WARC-Filename is not the name of the file", record.offset)

    def _damage(self, problem: str, offset: int) -> None:
        self._damages.append(failed(self._file, problem, offset))

    def _digest_of(self, record_id: str) -> str:
        return self._places.find(record_id).payload_digest

    def _is_torn_only(self) -> bool:
        """Tell whether the only fault is an end such as a killed run leaves, after everything the database knows."""
        is_end = [finding.offset for finding in self._damages] == [self._broken_end]
        return is_end and 0 < self._ingested <= (self._broken_end or 0)

    def _unsealed(self, sha256_hex: str) -> Iterator[Finding]:
        """Yield where the file is not what its manifest says; a place already reported is not reported again."""
        manifest, closing = self._manifest, self._closing
        if manifest is None or closing is None or self._damages:
            return
        if (manifest.length_bytes, manifest.sha256_hex) == (closing.offset, sha256_hex):
            return
        if self._members.is_mixed and manifest.length_bytes == closing.offset:
            return
        if manifest.length_bytes != closing.offset:
            missing = manifest.length_bytes - closing.offset
            what = f"{missing} bytes were removed" if missing > 0 else f"{-missing} bytes were inserted"
            place = closing.offset if self._pairs.alone is None else self._pairs.alone
            yield failed(self._file, f"{what} between records since the run closed", place)
            return
        for offset, length, _ in members(self._path, self._file):
            if offset < closing.offset and (problem := self._members.oddity(offset, length)):
                yield failed(self._file, problem, offset)
                return
        yield failed(self._file, "its bytes are not those that its closing record counted (sha256)", closing.offset)

    def _unread(self, *, is_last: bool) -> Iterator[Finding]:
        """Yield where the database knows more or less than the file holds."""
        if self._stored.is_empty:
            return
        if self._ingested > self._events_end:
            problem = f"the file ends at byte {self._events_end}; the database has rows up to byte {self._ingested}"
            yield failed(self._file, f"{problem}: its end was cut off", self._events_end)
        elif not self._is_reached:
            problem = f"the database has rows up to byte {self._ingested}, where no record ends: it was rewritten"
            yield failed(self._file, problem, self._ingested)
        elif self._ingested < self._events_end:
            problem = f"{self._events_end - self._ingested} bytes have no rows yet"
            verdict = Proof.UNVERIFIABLE if is_last else Proof.FAILED
            advice = "a run is still writing, or was cut off" if is_last else "run `postarchive rebuild`"
            yield Finding(verdict, self._file, f"{problem}; {advice}", self._ingested)
        else:
            yield from self._stored.compare_run(self._file, self._started, self._ended)


def _sha256_of(path: Path, length: int) -> str:
    digest, left = hashlib.sha256(), length
    with open_regular(path, path.name) as stream:
        while left and (chunk := stream.read(min(left, CHUNK_BYTES))):
            digest.update(chunk)
            left -= len(chunk)
    return digest.hexdigest()
