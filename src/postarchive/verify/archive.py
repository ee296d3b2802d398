"""One pass over an archive: the files, their chain, the rows, and a database rebuilt for comparison."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from postarchive.errors import PostarchiveError, UnreadableInput
from postarchive.looks import is_folder, is_there
from postarchive.store.audit import Places, Snapshot, scratch_database
from postarchive.store.files import check_files, database_path, needs_rebuild
from postarchive.verify.chain import Chain, ChainLink
from postarchive.verify.file import FileCheck
from postarchive.verify.findings import MAX_FINDINGS, Finding, Proof, Summary, failed
from postarchive.verify.folder import torn_findings, unexpected_files
from postarchive.verify.rows import Stored, is_own_fingerprint
from postarchive.verify.seals import KeptSeal, Seals, token_findings
from postarchive.warc import warc_files

Rebuild: TypeAlias = Callable[[Path, Mapping[str, int]], None]


def verify_archive(  # noqa: PLR0913 - what is looked at, and what it is held against, each by name
    archive: Path,
    summary: Summary,
    *,
    rebuild: Rebuild | None = None,
    manifest: str | None = None,
    tokens: Mapping[str, bytes] = MappingProxyType({}),
    trusted: bytes | None = None,
    on_file: Callable[[str], None] = lambda _: None,
) -> Iterator[Finding]:
    """Yield what is wrong with an archive or cannot be proved, and fill in the summary on the way.

    `rebuild` makes a database at a path from the files up to the given positions; None leaves the deep comparison out.
    `manifest` is a digest that somebody kept elsewhere, which the chain must contain; `tokens` are replies of
    authorities kept elsewhere, by file name. Seals are checked against the root certificates in `trusted` (PEM), or
    those kept with them. `on_file` is called at each step. Raises UnreadableInput when there is no archive.
    """
    if not is_folder(archive / "warc"):
        raise UnreadableInput(str(archive), "no archive here; name its folder with --archive")
    outside = _Outside(manifest, tokens, trusted)
    snapshot = _open(archive)
    if isinstance(snapshot, Finding):
        found = _Verification(archive, None, summary, on_file).evidence(outside)
        yield from _weighed(chain(found, [snapshot]), summary)
        return
    with snapshot:
        verification = _Verification(archive, snapshot, summary, on_file)
        yield from _weighed(verification.evidence(outside), summary)
        yield from _weighed(verification.rows(rebuild), summary)


def _weighed(findings: Iterable[Finding], summary: Summary) -> Iterator[Finding]:
    """Yield findings, adding each to the verdict first."""
    for finding in findings:
        summary.add(finding)
        yield finding


def _open(archive: Path) -> Snapshot | Finding:
    path = database_path(archive)
    try:
        check_files(path)
        has_database = is_there(path)
    except UnreadableInput as error:
        return Finding(Proof.FAILED, path.name, f"{error}; `postarchive rebuild` recreates it")
    if not has_database:
        problem = "there is no database: rows cannot be compared, and the newest files may be missing"
        return Finding(Proof.UNVERIFIABLE, path.name, f"{problem}; `postarchive rebuild` makes one")
    try:
        snapshot = Snapshot(archive)
    except PostarchiveError as error:
        verdict = Proof.UNVERIFIABLE if needs_rebuild(path) else Proof.FAILED
        return Finding(verdict, path.name, error.problem)
    with ExitStack() as unless_whole:
        unless_whole.enter_context(snapshot)
        damage = _first_damage(snapshot)
        if damage is None:
            unless_whole.pop_all()
            return snapshot
    return Finding(Proof.FAILED, path.name, damage)


def _first_damage(snapshot: Snapshot) -> str | None:
    """Return what prevents the rows from being read; None when all tables can be."""
    try:
        damage = snapshot.damage()
        _ = snapshot.ingested(), snapshot.runs(), next(snapshot.captures(), None), next(snapshot.versions(), None)
    except UnreadableInput as error:
        return error.problem
    return f"{damage[0]}; `postarchive rebuild` recreates it" if damage else None


@dataclass(frozen=True, slots=True)
class _Outside:
    """What somebody kept elsewhere, or trusts: a manifest, tokens by file name, root certificates as PEM."""

    manifest: str | None
    tokens: Mapping[str, bytes]
    trusted: bytes | None


class _Verification:
    """One pass over an archive: the evidence first, then the rows that remain."""

    def __init__(
        self, archive: Path, snapshot: Snapshot | None, summary: Summary, on_file: Callable[[str], None]
    ) -> None:
        self._archive = archive
        self._snapshot = snapshot
        self._summary = summary
        self._on_file = on_file
        self._ingested = snapshot.ingested() if snapshot else {}
        self._is_evidence_whole = True
        self._reported: set[tuple[str, str | None]] = set()

    def evidence(self, outside: "_Outside") -> Iterator[Finding]:
        """Yield what is wrong with the files, their chain, and the rows of `captures` and `runs`."""
        files = warc_files(self._archive)
        stored = Stored(self._snapshot, reported_files={*files, *self._ingested})
        links: list[ChainLink] = []
        seals: list[KeptSeal] = []
        with Places() as places:
            for file in files:
                self._on_file(file)
                reading = FileCheck(self._archive, file, places, stored, self._ingested.get(file))
                yield from self._noted(reading.findings(is_last=file == files[-1]))
                self._is_evidence_whole = self._is_evidence_whole and not reading.is_failed
                self._summary.records += reading.records
                links += reading.links
                seals += reading.seals
        self._summary.files = len(files)
        yield from self._of_files(unexpected_files(self._archive, files))
        yield from self._of_files(self._missing(set(files)))
        chain = Chain(links)
        yield from self._of_files(self._chain(chain, outside.manifest))
        yield from self._sealed(Seals(seals, files, chain.digests, outside.trusted))
        for name, reply in outside.tokens.items():
            yield from token_findings(reply, name, chain.digests, outside.trusted)
        yield from self._noted(stored.left_over())

    def rows(self, rebuild: Rebuild | None) -> Iterator[Finding]:
        """Yield what is wrong with the rows: wrong fingerprints, and differences from rebuilt rows."""
        try:
            for found in self._stored.foreign_objects():
                yield failed(found.name, f"{found.problem}; `postarchive rebuild` recreates the database")
            yield from self._versions()
            if rebuild is not None and self._is_evidence_whole:
                yield from self._rebuilt(rebuild)
        except UnreadableInput as error:
            yield Finding(Proof.FAILED, error.subject, error.problem)

    def _noted(self, findings: Iterator[Finding]) -> Iterator[Finding]:
        """Remember which rows are reported, so that the deep comparison does not report them again."""
        for finding in findings:
            self._reported.add((finding.subject, finding.key))
            yield finding

    def _of_files(self, findings: Iterator[Finding]) -> Iterator[Finding]:
        """Remember whether the evidence failed: then no database can be made from it to compare with."""
        for finding in findings:
            self._is_evidence_whole = self._is_evidence_whole and finding.proof is not Proof.FAILED
            yield finding

    def _missing(self, files: set[str]) -> Iterator[Finding]:
        for file in sorted(self._ingested.keys() - files):
            yield failed(file, "the file is missing; the database has rows of it")

    def _sealed(self, seals: Seals) -> Iterator[Finding]:
        yield from seals.findings()
        self._summary.seals, self._summary.unsealed = seals.proven, seals.unsealed()

    def _chain(self, chain: Chain, manifest: str | None) -> Iterator[Finding]:
        yield from chain.findings()
        yield from torn_findings(self._archive, chain.torn, chain.covered_run)
        self._summary.manifest = chain.newest
        if manifest is not None and manifest not in chain.digests:
            yield failed("manifest", f"{manifest} is in no file; the archive is not the one it was taken from")

    def _versions(self) -> Iterator[Finding]:
        found = (row for row in self._stored.versions() if not is_own_fingerprint(row[1], row[2]))
        for row, _, _ in islice(found, MAX_FINDINGS):
            self._reported.add(("versions", str(row)))
            yield Finding(Proof.FAILED, "versions", "the fingerprint is not that of its record", key=str(row))

    def _rebuilt(self, rebuild: Rebuild) -> Iterator[Finding]:
        self._on_file("the rebuilt database")
        with scratch_database() as path:
            rebuild(path, self._ingested)
            self._summary.is_deep = True
            counts = Counter[str]()
            for difference in self._stored.differences(path, self._on_file):
                counts[difference.table] += 1
                is_new = (difference.table, difference.key) not in self._reported
                if is_new and counts[difference.table] <= MAX_FINDINGS:
                    proof = Proof.UNVERIFIABLE if difference.is_doubt else Proof.FAILED
                    yield Finding(proof, difference.table, difference.problem, key=difference.key or None)
        for table, count in counts.items():
            if count > MAX_FINDINGS:
                yield failed(table, f"{count} rows differ from the rebuilt ones; the first {MAX_FINDINGS} are named")

    @property
    def _stored(self) -> Snapshot:
        if self._snapshot is None:
            raise AssertionError  # rows are checked only if there is a database
        return self._snapshot
