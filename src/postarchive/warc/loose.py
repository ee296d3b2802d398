"""The bits of a gzip member that neither its checksum nor a WARC digest covers: its header and its final padding."""

import zlib
from enum import StrEnum

from postarchive.warc.frame import GZIP
from postarchive.warc.tail import MEMBER_START

TRAILER_BYTES = 8


class Oddity(StrEnum):
    """What is odd about the uncovered bits."""

    HEADER = "the gzip header was changed"
    PADDING = "the padding of the gzip member was changed"


def loose_bits(member: bytes) -> Oddity | None:
    """Return what is odd about the uncovered bits of a member that inflates; None if they are as written.

    Deflate ends inside a byte, whose remaining bits are zero. So its highest set bit belongs to the data, and without
    that bit the member does not inflate.
    """
    if not member.startswith(MEMBER_START):
        return Oddity.HEADER
    end = len(member) - TRAILER_BYTES - 1
    last = member[end]
    lowered = last - (1 << last.bit_length() >> 1)
    if last and _inflates(member[:end] + bytes([lowered]) + member[end + 1 :]):
        return Oddity.PADDING
    return None


def _inflates(member: bytes) -> bool:
    inflate = zlib.decompressobj(wbits=GZIP)
    try:
        inflate.decompress(member)
    except zlib.error:
        return False
    return inflate.eof and not inflate.unused_data
