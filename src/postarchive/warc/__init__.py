"""The evidence: append-only WARC/1.1 files, one gzip member per record, read back only after every digest was checked.

    frame    one record <-> its bytes: gzip member, WARC header, digests
    message  fields of `warcinfo` and `metadata` <-> their bytes
    manifest what a closing record says about its file and those before it
    before   what the next manifest must say about earlier files
    draft    the records of a run, packed: requests, responses, revisits, fields
    write    a run appends what happened
    read     turns a file back into the run's events, equal to the live ones
    seal     time stamps by outside authorities, and the certificates beside them
    request  the request beside a response, for exports
    tail     after a killed run: moves the torn end aside
    loose    the bits of a gzip member that its own checksum does not cover

A block is what crossed the wire, byte for byte, chunks included; `http1` reads it. Records are framed here and not by a
library: warcio writes a revisit's HTTP head from parsed headers, so its bytes would no longer be those that were sent.
The tests check the files with warcio and fastwarc.
"""

from postarchive.paths import warc_files
from postarchive.warc.before import last_manifest, manifest_before, read_manifest
from postarchive.warc.draft import Draft, Original, closing_form, foreign_draft
from postarchive.warc.frame import GZIP_HEAD_BYTES, WarcRecord, digest_name, members, pack, records, sha256
from postarchive.warc.loose import Oddity, loose_bits
from postarchive.warc.manifest import LATEST, Aside, Before, Manifest, manifest_in, manifest_of, records_digest
from postarchive.warc.read import (
    BodyOf,
    OnUnreadable,
    checked_event,
    event_of,
    event_with_place,
    read_block,
    read_body,
    read_capture,
    read_events,
)
from postarchive.warc.request import read_request
from postarchive.warc.seal import certificates_in
from postarchive.warc.tail import cut_torn_tail, record_after, run_of, torn_files, whole_until
from postarchive.warc.write import WarcWriter

__all__ = [
    "GZIP_HEAD_BYTES",
    "LATEST",
    "Aside",
    "Before",
    "BodyOf",
    "Draft",
    "Manifest",
    "Oddity",
    "OnUnreadable",
    "Original",
    "WarcRecord",
    "WarcWriter",
    "certificates_in",
    "checked_event",
    "closing_form",
    "cut_torn_tail",
    "digest_name",
    "event_of",
    "event_with_place",
    "foreign_draft",
    "last_manifest",
    "loose_bits",
    "manifest_before",
    "manifest_in",
    "manifest_of",
    "members",
    "pack",
    "read_block",
    "read_body",
    "read_capture",
    "read_events",
    "read_manifest",
    "read_request",
    "record_after",
    "records",
    "records_digest",
    "run_of",
    "sha256",
    "torn_files",
    "warc_files",
    "whole_until",
]
