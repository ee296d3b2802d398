"""The manifests of all files, each of which must name the one before it."""

from collections.abc import Iterator
from dataclasses import dataclass

from postarchive.verify.findings import Finding, Proof, failed
from postarchive.warc import Manifest, manifest_of


@dataclass(frozen=True, slots=True)
class Link:
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


class Chain:
    """The manifests of all files, each of which must name the one before it."""

    def __init__(self, links: list[Link]) -> None:
        """Bring the files into the order of their runs; a copy of a file that is here is none."""
        genuine = {link.file for link in links if link.claimed == link.file}
        kept = [link for link in links if link.claimed == link.file or link.claimed not in genuine]
        self._links = sorted(kept, key=lambda link: link.claimed)
        self._known: str | None = None
        self._pending: list[Link] = []
        self.digests: set[str] = set()

    @property
    def newest(self) -> str | None:
        """Return the digest that stands for the whole chain; None for no files."""
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
            yield from self._follow(link, link.manifest, self._links[place + 1 :])
        for link in self._pending:
            if not link.is_damaged:
                problem = "the run has no closing record: it goes on, or was cut off; its records are whole, but that"
                yield Finding(Proof.UNVERIFIABLE, link.file, f"{problem} none is missing at its end cannot be proved")
        self.digests.update(filter(None, [self.newest]))

    def _follow(self, link: Link, manifest: Manifest, later: list[Link]) -> Iterator[Finding]:
        expected = self.newest
        if manifest.previous == expected:
            pass
        elif self._pending and manifest.previous == self._known:
            for stranger in self._pending:
                if not stranger.is_damaged:
                    yield failed(stranger.file, f"{link.file} does not know it: it was added, or changed since")
        elif any(other.manifest and other.manifest.previous == expected for other in later):
            yield failed(link.file, "its manifest follows no file of this archive: it was put in", link.offset)
            return
        else:
            yield from self._gap(link, manifest)
        self._known, self._pending = manifest.digest, []
        self.digests.add(manifest.digest)

    def _gap(self, link: Link, manifest: Manifest) -> Iterator[Finding]:
        if any(other.is_damaged for other in self._pending):
            return  # the break of the chain has its explanation
        before = self._pending[-1].file if self._pending else None
        if before:
            yield failed(before, f"it is not what {link.file} was chained to: it was changed, or a file is missing")
            return
        last = max((other.claimed for other in self._links if other.claimed < link.claimed), default="its beginning")
        problem = f"a file is missing or was replaced between {last} and this one"
        yield failed(link.file, f"{problem}: its manifest follows {manifest.previous or 'none'}", link.offset)
