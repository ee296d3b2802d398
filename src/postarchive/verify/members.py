"""The gzip members of one file of the evidence: what their own checksums do not cover."""

from collections.abc import Iterator
from typing import IO

from postarchive.verify.findings import Finding, failed
from postarchive.warc import GZIP_HEAD_BYTES, LATEST, Manifest, Oddity, WarcRecord, closing_form, loose_bits

FREE_AT = GZIP_HEAD_BYTES - 2  # level and system of the gzip header, which depend on the machine


class Members:
    """The members read so far; a header unlike the others has been changed."""

    def __init__(self, file: str, stream: IO[bytes]) -> None:
        """Read members from a stream, which its owner closes."""
        self._file, self._stream = file, stream
        self._heads: dict[bytes, list[int]] = {}

    @property
    def is_mixed(self) -> bool:
        """Tell whether the headers are not all alike."""
        return len(self._heads) > 1

    def add(self, record: WarcRecord) -> None:
        """Note the header of a record's member."""
        self._heads.setdefault(self.read(record.offset, GZIP_HEAD_BYTES), []).append(record.offset)

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes of the file."""
        self._stream.seek(offset)
        return self._stream.read(length)

    def findings(self, closing: WarcRecord | None, manifest: Manifest | None) -> Iterator[Finding]:
        """Yield a finding for a gzip header unlike the others, and for odd bits of the closing record.

        The manifest covers all bytes before the closing record; this names the place, and covers that record.
        """
        common = max(self._heads, key=lambda head: len(self._heads[head]), default=b"")
        for head, offsets in self._heads.items():
            if head != common:
                yield failed(self._file, "the gzip header was changed", offsets[0])
        if closing is not None and (problem := self._closing_oddity(closing, manifest)):
            yield failed(self._file, problem, closing.offset)

    def oddity(self, offset: int, length: int) -> str | None:
        """Return what is odd about a member, unless `findings` reports it; None if nothing is."""
        problem = loose_bits(self.read(offset, length))
        return None if problem is Oddity.HEADER and self.is_mixed else problem

    def _closing_oddity(self, closing: WarcRecord, manifest: Manifest | None) -> str | None:
        """Return what is odd about the newest bytes, which no later record covers yet."""
        if problem := self.oddity(closing.offset, closing.length_bytes):
            return problem
        if manifest is None or manifest.version < LATEST:
            return None
        found, said = self.read(closing.offset, closing.length_bytes), closing_form(closing)
        is_as_written = (found[:FREE_AT], found[GZIP_HEAD_BYTES:]) == (said[:FREE_AT], said[GZIP_HEAD_BYTES:])
        return None if is_as_written else "the closing record is not in the form in which a run writes it"


class Pairs:
    """Checks that each request is next to its response; `alone` is the first place where one is missing."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self.alone: int | None = None
        self._request: WarcRecord | None = None

    def add(self, record: WarcRecord) -> None:
        """Note the first request or response whose counterpart is not next to it."""
        kind, partner = record.header("WARC-Type"), record.headers.get("warc-concurrent-to")
        expected = self._request.headers.get("warc-concurrent-to") if self._request else None
        is_pair = expected == (record.header("WARC-Record-ID") if kind in ("response", "revisit") else None)
        is_alone = self._request is None and kind in ("response", "revisit") and partner is not None
        if self.alone is None and (is_alone or not is_pair) and (self._request or is_alone):
            self.alone = self._request.offset if self._request else record.offset
        self._request = record if kind == "request" else None
