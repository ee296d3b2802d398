"""The manifests of all files, each of which must name the one before it."""

from collections.abc import Iterator
from dataclasses import dataclass

from postarchive.verify.findings import Finding, Proof, failed
from postarchive.warc import LATEST, Aside, Manifest, manifest_of, records_digest, run_of


@dataclass(frozen=True, slots=True)
class ChainLink:
    """What the chain needs from a file: the run that it claims, its manifest if it was closed, else what it holds.

    `length_bytes` and `sha256_hex` are of the bytes before the closing record, or of the whole file without one;
    `closing_sha256` is of the bytes of that record, empty without one.
    """

    file: str
    claimed: str
    manifest: Manifest | None
    offset: int
    length_bytes: int
    sha256_hex: str
    is_damaged: bool
    closing_sha256: str = ""

    def digest(self, previous: str | None) -> str:
        """Return the digest that the next file's manifest must name as previous."""
        return self.manifest.digest if self.manifest else self.open_digest(previous)

    def open_digest(self, previous: str | None) -> str:
        """Return what the next file's manifest names as previous if it found this one without its closing record."""
        return manifest_of(
            previous=previous, file=self.claimed, length_bytes=self.length_bytes, sha256_hex=self.sha256_hex
        )


class Chain:
    """The manifests of all files, each of which must name the one before it."""

    def __init__(self, links: list[ChainLink]) -> None:
        """Sort the files by their runs, leaving out copies of the same file."""
        genuine = {link.file for link in links if link.claimed == link.file}
        kept = [link for link in links if link.claimed == link.file or link.claimed not in genuine]
        self._links = sorted(kept, key=lambda link: link.claimed)
        self._known: str | None = None
        self._pending: list[ChainLink] = []
        self._closed: list[
            ChainLink
        ] = []  # since the last whose manifest covers the closing records before it, with that
        self.digests: set[str] = set()
        self.torn: dict[str, Aside] = {}
        self.covered_run: str | None = None

    @property
    def newest(self) -> str | None:
        """Return the digest that represents the whole chain; None if there are no files."""
        digest = self._known
        for link in self._pending:
            digest = link.digest(digest)
            self.digests.add(digest)
        return digest

    def findings(self) -> Iterator[Finding]:
        """Yield where the chain breaks, and what no manifest covers yet."""
        for place, link in enumerate(self._links):
            if link.manifest is None:
                self._pending.append(link)
                continue
            yield from self._follow(link, link.manifest, place)
        for link in self._pending:
            if not link.is_damaged:
                problem = "the run has no closing record: it is still running, or was cut off; its records are whole,"
                yield Finding(
                    Proof.UNVERIFIABLE, link.file, f"{problem} but that none is missing at its end cannot be proved"
                )
        yield from self._uncovered()
        self.digests.update(filter(None, [self.newest]))

    def _follow(self, link: ChainLink, manifest: Manifest, place: int) -> Iterator[Finding]:
        expected, later = self.newest, self._links[place + 1 :]
        if manifest.previous == expected:
            yield from self._earlier_records(link, manifest)
        elif restored := self._restored(manifest, self._links[:place]):
            self.digests.update(filter(None, [manifest.previous]))
            for other in restored:
                problem = f"its closing record was damaged when the run of {link.file} began, and was restored since"
                yield Finding(Proof.UNVERIFIABLE, other.file, f"{problem}: nothing else proves it", other.offset)
        elif self._pending and manifest.previous == self._known:
            for stranger in self._pending:
                if not stranger.is_damaged:
                    yield failed(stranger.file, f"{link.file} does not know it: it was added, or changed since")
        elif any(other.manifest and other.manifest.previous == expected for other in later):
            yield failed(link.file, "its manifest follows no file of this archive: it was inserted", link.offset)
            return
        else:
            yield from self._gap(link, manifest)
        yield from self._close(link, manifest)
        self._known, self._pending = manifest.digest, []
        self.digests.add(manifest.digest)

    def _restored(self, manifest: Manifest, before: list[ChainLink]) -> list[ChainLink]:
        """Return the files that a run found with a damaged last record and that are whole again, as it chained them.

        Empty when the run names no such file, or when it chained to bytes other than those there now.
        """
        first = next((place for place, link in enumerate(before) if link.claimed in manifest.damaged), len(before))
        since = before[first:]
        restored = [link for link in since if link.manifest and link.claimed in manifest.damaged]
        digest = since[0].manifest.previous if since and since[0].manifest else None
        for link in since:
            digest = link.open_digest(digest) if link in restored else link.digest(digest)
        return restored if digest == manifest.previous else []

    def _close(self, link: ChainLink, manifest: Manifest) -> Iterator[Finding]:
        if manifest.version == LATEST:
            self.torn.update((end.file, end) for end in manifest.torn)
            self._closed, self.covered_run = [link], run_of(link.claimed)
            return
        if self.covered_run is not None:
            yield failed(link.file, "its closing record is of an older form than the one before it", link.offset)
        self._closed.append(link)

    def _earlier_records(self, link: ChainLink, manifest: Manifest) -> Iterator[Finding]:
        """Yield the closing record if it differs in any byte from the one that a later manifest covers."""
        is_explained = any(other.is_damaged for other in (*self._closed, *self._pending))
        found = records_digest(other.closing_sha256 for other in self._closed)
        if manifest.version != LATEST or is_explained or manifest.previous_records == found:
            return
        last = self._closed[-1] if self._closed else link
        problem = f"its closing record is not the one that {link.file} was chained to"
        if len(self._closed) > 1:
            problem = f"{problem}, or one of the {len(self._closed) - 1} before it is not"
        yield failed(last.file, problem, last.offset)

    def _uncovered(self) -> Iterator[Finding]:
        """Yield what an older version left uncovered: its manifests say nothing about their run's counts and end."""
        old = [link for link in self._closed if link.manifest and link.manifest.version != LATEST]
        if old and not old[-1].is_damaged:
            problem = (
                f"nothing covers the counts and end of {len(old)} run{'s' if len(old) > 1 else ''} of an older version"
            )
            yield Finding(Proof.UNVERIFIABLE, old[-1].file, f"{problem} until the next run", old[-1].offset)

    def _gap(self, link: ChainLink, manifest: Manifest) -> Iterator[Finding]:
        if any(other.is_damaged for other in self._pending):
            return  # the break in the chain is explained already
        before = self._pending[-1].file if self._pending else None
        if before:
            yield failed(before, f"it is not what {link.file} was chained to: it was changed, or a file is missing")
            return
        last = max((other.claimed for other in self._links if other.claimed < link.claimed), default="its beginning")
        problem = f"a file is missing or was replaced between {last} and this one"
        yield failed(link.file, f"{problem}: its manifest follows {manifest.previous or 'none'}", link.offset)
