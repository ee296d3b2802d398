"""The evidence: append-only WARC/1.1 files, one gzip member per record, read back only after every digest was checked.

    frame    one record <-> its bytes: gzip member, WARC header, digests
    message  one HTTP head <-> its bytes; fields of `warcinfo` and `metadata`
    write    a run appends what happened
    read     a file becomes the run's events again, equal to the live ones
    tail     what a killed run left: the torn end is moved aside

The records are framed here and not by a library: warcio writes a revisit's HTTP head from parsed headers, so its bytes
would no longer be those that were sent. The tests let warcio and fastwarc judge the files.
"""

from postarchive.warc.read import Manifest, last_manifest, read_block, read_capture, read_events, read_manifest
from postarchive.warc.tail import cut_torn_tail, warc_files, whole_until
from postarchive.warc.write import Original, WarcWriter, manifest_of

__all__ = [
    "Manifest",
    "Original",
    "WarcWriter",
    "cut_torn_tail",
    "last_manifest",
    "manifest_of",
    "read_block",
    "read_capture",
    "read_events",
    "read_manifest",
    "warc_files",
    "whole_until",
]
