"""Write what happened in a run, record by record; what is in the file is safely on disk."""

import hashlib
import os
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Self

from postarchive import __version__
from postarchive.errors import ArchiveUnwritable
from postarchive.models import Capture, Evidence, Exchange, Headers, Problem, RunEnded, RunStarted, Seal
from postarchive.paths import evidence_path
from postarchive.warc.draft import (
    COUNT,
    OPTION,
    Draft,
    Original,
    closing_headers,
    common_headers,
    draft_of,
    fields_draft,
    foreign_draft,
    request_draft,
    response_draft,
)
from postarchive.warc.frame import MAX_BODY_BYTES, pack_plain, sha256
from postarchive.warc.manifest import Before, manifest_fields
from postarchive.warc.message import format_fields, format_time, target_uri
from postarchive.warc.seal import CERTIFICATES, REPLY, seal_fields


class WarcWriter:
    """The WARC file of one run, open for appending; `file` is its path inside the archive, `started` its first record.

    A call returns when its records are on disk. If they cannot be written, the file is left as it was before, and
    ArchiveUnwritable is raised.
    """

    file: str
    started: Evidence

    def __init__(self, path: Path, raw: FileIO, *, file: str, new_id: Callable[[], str], before: Before) -> None:
        """Take over a new, empty file; use `create`."""
        self.file = file
        self._path = path
        self._raw = raw
        self._new_id = new_id
        self._before = before
        self._length_bytes = 0
        self._sha256 = hashlib.sha256()

    @classmethod
    def create(cls, archive: Path, started: RunStarted, *, new_id: Callable[[], str], before: Before) -> Self:
        """Create the run's file, which must not exist, and write its `warcinfo` record."""
        year = started.run[:4]  # the run's, not the clock's: a clock that was set back must not sort the file first
        file = f"warc/{year}/{started.run}.warc.gz"
        path = evidence_path(archive, file)
        raw = _create(path)
        writer = cls(path, raw, file=file, new_id=new_id, before=before)
        try:
            writer.started = writer._append_started(started)
        except BaseException:
            raw.close()
            path.unlink()
            raise
        return writer

    def append(self, exchange: Exchange, *, payload: str | None = None, revisit_of: Original | None = None) -> Evidence:
        """Write request and response, byte for byte; return where the response is.

        With `revisit_of`, a 304 or a body of the same digest becomes a revisit of it, and its body is not stored again;
        its evidence has the original's payload digest. Any other response is stored in full. `payload` is the digest of
        its body, if already computed.
        """
        capture = exchange.capture
        if len(capture.sent) > MAX_BODY_BYTES:
            raise ValueError(f"{capture.url}: a body of {len(capture.sent)} bytes could not be read back")
        request_id, response_id = self._record_id(), self._record_id()
        payload = payload or sha256(capture.body)
        response = response_draft(exchange, response_id, request_id=request_id, payload=payload, original=revisit_of)
        request = request_draft(exchange, request_id, response_id=response_id)
        return self._write(request, response)

    def append_foreign(self, *captures: Capture) -> list[Evidence]:
        """Write responses that someone else received, each with its own time and without a request."""
        return self.append_drafts(
            *(foreign_draft(capture, self._record_id(), payload=sha256(capture.body)) for capture in captures)
        )

    def append_drafts(self, *drafts: Draft) -> list[Evidence]:
        """Write records that are already packed; return where they are."""
        return self._write_all(*drafts)

    def append_problem(self, problem: Problem) -> Evidence:
        """Write a `metadata` record about a URL that has no response."""
        named: Headers = (("WARC-Target-URI", target_uri(problem.url)),)
        fields: Headers = (("url", problem.url), ("kind", problem.kind), ("detail", problem.detail))
        return self._write(fields_draft("metadata", self._record_id(), problem.time, fields=fields, named=named))

    def append_seal(self, seal: Seal, *, certificates: bytes) -> Evidence:
        """Write the certificates (PEM) that a seal is checked against, if there are any, then the seal."""
        kept = [self._resource(seal, CERTIFICATES, certificates)] if certificates else []
        return self._write(*kept, self._resource(seal, REPLY, seal.reply, seal_fields(seal)))

    def end(self, ended: RunEnded) -> Evidence:
        """Write the closing `metadata` record: the counts, and the manifest that chains this file to the one before."""
        counts = tuple((COUNT + name, value) for name, value in ended.counts)
        record_id = self._record_id()
        fields = manifest_fields(
            (("run", ended.run), *counts),
            record_id=record_id,
            date=format_time(ended.time),
            before=self._before,
            file=self.file,
            length_bytes=self._length_bytes,
            sha256_hex=self._sha256.hexdigest(),
        )
        block = format_fields(fields)
        data = pack_plain(closing_headers(f"<{record_id}>", format_time(ended.time), block), block)
        return self._write(Draft(record_id, sha256(block), data))

    def close(self) -> None:
        """Close the file; nothing is left to write by then."""
        self._raw.close()

    def _append_started(self, started: RunStarted) -> Evidence:
        options = tuple((OPTION + name, value) for name, value in started.options)
        software = f"postarchive/{__version__}"
        fields: Headers = (
            ("software", software),
            ("format", "WARC File Format 1.1"),
            ("run", started.run),
            *options,
        )
        named: Headers = (("WARC-Filename", self._path.name),)
        return self._write(fields_draft("warcinfo", self._record_id(), started.time, fields=fields, named=named))

    def _resource(self, seal: Seal, media_type: str, block: bytes, named: Headers = ()) -> Draft:
        record_id = self._record_id()
        target: Headers = (("WARC-Target-URI", target_uri(seal.authority)),)
        headers = (*common_headers("resource", record_id, seal.time), *target, *named)
        return draft_of(record_id, headers, content_type=media_type, head=block)

    def _record_id(self) -> str:
        return f"urn:uuid:{self._new_id()}"

    def _write(self, *drafts: Draft) -> Evidence:
        """Write records to disk, all or none; return where the last one is."""
        return self._write_all(*drafts)[-1]

    def _write_all(self, *drafts: Draft) -> list[Evidence]:
        """Write records to disk, all or none; return where they are."""
        data = b"".join(draft.data for draft in drafts)
        try:
            _write_through(self._raw, data)
        except BaseException as error:
            self._roll_back()
            if isinstance(error, OSError):
                raise ArchiveUnwritable(
                    str(self._path), f"{error.strerror or error}; free some space and run again"
                ) from error
            raise
        self._sha256.update(data)
        return [self._placed(draft) for draft in drafts]

    def _placed(self, draft: Draft) -> Evidence:
        """Count a record that is now on disk; return where it is."""
        start, length = self._length_bytes, len(draft.data)
        self._length_bytes += length
        return Evidence(self.file, start, length, draft.record_id, draft.payload_digest)

    def _roll_back(self) -> None:
        self._raw.truncate(self._length_bytes)
        self._raw.seek(self._length_bytes)


def _create(path: Path) -> FileIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = FileIO(path, "x")
    except FileExistsError as error:
        raise ArchiveUnwritable(
            str(path), "there is already a file where the run's evidence should go; run again"
        ) from error
    except OSError as error:
        raise ArchiveUnwritable(str(path), f"{error.strerror or error}; choose another --archive") from error
    _sync_folder(path.parent)
    return raw


def _sync_folder(folder: Path) -> None:
    """Write the file's name to disk too; after a power cut nobody would find its bytes without it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_through(raw: FileIO, data: bytes) -> None:
    """Write unbuffered: a buffer would retry, when closed, what did not fit on the disk."""
    view = memoryview(data)
    while view:
        view = view[raw.write(view) :]
    os.fsync(raw.fileno())
