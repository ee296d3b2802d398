"""Tampering with single records: their headers, their blocks, their gzip members, and the closing record.

Whoever does it knows the format: length and block digest are right again, and a manifest of its own lines too.
"""

import hashlib
import re
import zlib
from base64 import b32encode
from collections.abc import Callable
from functools import partial

from archiving import Archivist
from damages import Member, block_of, closing, digested, flip, members, repacked
from guarantees import Options, add, unlike
from postarchive.models import Headers
from postarchive.warc.draft import closing_headers
from postarchive.warc.frame import pack_plain
from postarchive.warc.message import format_fields, parse_fields

KILLED, MIDDLE, NEWEST = 3, 2, 5  # runs of the archive
COMMON = ("WARC-Type", "WARC-Record-ID", "WARC-Date")
FRAME = ("WARC-Block-Digest", "Content-Type", "Content-Length")
REFERS = ("WARC-Profile", "WARC-Refers-To", "WARC-Refers-To-Target-URI", "WARC-Refers-To-Date")
EXCHANGE = ("WARC-Target-URI", "WARC-Concurrent-To")
REFERRED = "WARC-Refers-To-Payload-Digest"
FORBIDDEN = b"WARC-Target-URI: http://english.chinapost.com.cn/html1/stamp"
HEADERS: dict[str, tuple[int, bytes, tuple[str, ...]]] = {
    "a warcinfo record": (0, b"WARC-Type: warcinfo", (*COMMON, "WARC-Filename", *FRAME)),
    "a request": (0, b"WARC-Type: request", (*COMMON, *EXCHANGE, *FRAME)),
    "a response": (0, b"WARC-Type: response", (*COMMON, *EXCHANGE, "WARC-Payload-Digest", *FRAME)),
    "a chunked response": (0, b"Postarchive-Payload-Digest", ("Postarchive-Payload-Digest",)),
    "an imported response": (1, b"WARC-Type: response", ("Postarchive-Origin", "WARC-Date", "WARC-Target-URI")),
    "a revisit (304)": (2, b"revisit/server-not-modified", (*COMMON, *EXCHANGE, *REFERS, REFERRED)),
    "a revisit (same body)": (2, b"revisit/identical-payload", (*REFERS, REFERRED)),
    "a metadata record": (0, FORBIDDEN, (*COMMON, "WARC-Target-URI")),
}
FIELDS = {
    "a warcinfo record": ("software", "format", "run", "option-urls"),
    "a metadata record": ("url", "kind", "detail"),
}
CLOSING = (
    *("run", "count-requests", "record", "date", "manifest-version"),
    *("previous-manifest", "previous-records", "file", "bytes", "sha256"),
)
RECORDS, BLOCKS = "Headers of records", "Blocks of records"
GZIP, END = "Gzip members", "Closing records"


def found(archivist: Archivist, run: int, mark: bytes) -> Member:
    return next(member for member in members(archivist, run) if mark in member.content)


def changed_header(name: str, member: Member) -> bytes:
    head, blank, block = member.content.partition(b"\r\n\r\n")
    line = re.search(rf"^{name}: (.*?)\r?$".encode(), head, re.MULTILINE)
    assert line
    return head[: line.start(1)] + unlike(line[1]) + head[line.end(1) :] + blank + block


def change_header(name: str, run: int, mark: bytes, archivist: Archivist) -> None:
    member = found(archivist, run, mark)
    repacked(member, changed_header(name, member))


def change_field(name: str, run: int, mark: bytes, archivist: Archivist) -> None:
    member = found(archivist, run, mark)
    block = block_of(member)
    line = re.search(rf"^{name}: (.*?)\r$".encode(), block, re.MULTILINE)
    assert line
    repacked(member, digested(member.content, block[: line.start(1)] + unlike(line[1]) + block[line.end(1) :]))


def change_block(old: bytes, new: bytes, run: int, mark: bytes, archivist: Archivist) -> None:
    """Put other bytes into an HTTP message; the digest of the payload is right again as well."""
    member = found(archivist, run, mark)
    block = block_of(member)
    assert old in block
    content = digested(member.content, block.replace(old, new, 1))
    body = b32encode(hashlib.sha256(content.partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")[2][:-4]).digest())
    repacked(member, re.sub(rb"WARC-Payload-Digest: sha256:\S+", b"WARC-Payload-Digest: sha256:" + body, content))


for label, (run, mark, names) in HEADERS.items():
    for name in names:
        add(RECORDS, f"{name} of {label} changed", partial(change_header, name, run, mark))
for label, fields in FIELDS.items():
    for name in fields:
        add(BLOCKS, f"field {name} of {label} changed", partial(change_field, name, *HEADERS[label][:2]))
RESPONSE, SENT, IMPORTED = HEADERS["a response"][:2], HEADERS["a request"][:2], HEADERS["an imported response"][:2]
CHUNKED = HEADERS["a chunked response"][:2]
SEED_RESPONSE = (0, b"17 major tasks")
MESSAGES: dict[str, tuple[bytes, bytes, int, bytes]] = {
    "status of a response changed": (b" 200 ", b" 404 ", *RESPONSE),
    "version of HTTP in a response changed": (b"HTTP/1.1", b"HTTP/1.0", *RESPONSE),
    "a header of a response changed": (b"ETag: ", b"ETag: 1", *SEED_RESPONSE),
    "a blank more in a header of a response": (b"Content-Type: ", b"Content-Type:  ", *RESPONSE),
    "a header of a response in small letters": (b"Content-Type: ", b"content-type: ", *RESPONSE),
    "a word in a body changed, every digest of the record right": (b"17 major", b"71 major", *SEED_RESPONSE),
    "a chunk's length written otherwise": (b"\r\n3e8\r\n", b"\r\n3E8\r\n", *CHUNKED),
    "a chunk's length with a zero before it": (b"\r\n3e8\r\n", b"\r\n03e8\r\n", *CHUNKED),
    "a request's method changed": (b"GET ", b"PUT ", *SENT),
    "a header of a request changed": (b"User-Agent: ", b"User-Agent: x", *SENT),
    "a word in an imported body changed": (b"17 major", b"71 major", *IMPORTED),
    "status line of an imported response changed": (b"200 OK", b"200 Ok", *IMPORTED),
}
for what, parts in MESSAGES.items():
    add(BLOCKS, what, partial(change_block, *parts))


# --- gzip -------------------------------------------------------------------------------------------------------------


def response(archivist: Archivist) -> Member:
    return found(archivist, *SEED_RESPONSE)


def flipped(place: Callable[[Member], int], bit: int, archivist: Archivist) -> None:
    member = response(archivist)
    flip(member.path, place(member), bit)


def replaced(raw: Callable[[Member], bytes], archivist: Archivist) -> None:
    """Put other bytes into the place of a whole member."""
    member = response(archivist)
    data = member.path.read_bytes()
    member.path.write_bytes(data[: member.offset] + raw(member) + data[member.end :])


def packed(content: bytes, level: int = -1) -> bytes:
    squeeze = zlib.compressobj(level, wbits=31)
    return squeeze.compress(content) + squeeze.flush()


def named(member: Member) -> bytes:
    return member.raw[:3] + b"\x08" + member.raw[4:10] + b"mine\0" + member.raw[10:]


def in_two(member: Member) -> bytes:
    half = len(member.content) // 2
    return packed(member.content[:half]) + packed(member.content[half:])


def with_the_request(archivist: Archivist) -> None:
    member = response(archivist)
    request = next(other for other in members(archivist, 0) if other.end == member.offset)
    data = member.path.read_bytes()
    member.path.write_bytes(data[: request.offset] + packed(request.content + member.content) + data[member.end :])


PLACES: dict[str, tuple[Callable[[Member], int], int]] = {
    "a bit of the magic number flipped": (lambda member: member.offset, 0),
    "a bit of the method flipped": (lambda member: member.offset + 2, 1),
    "the flag TEXT set": (lambda member: member.offset + 3, 0),
    "a time put into the header": (lambda member: member.offset + 4, 3),
    "the level in the header changed": (lambda member: member.offset + 8, 1),
    "the system in the header changed": (lambda member: member.offset + 9, 2),
    "a bit of the compressed bytes flipped": (lambda member: member.offset + len(member.raw) // 2, 4),
    "a bit of the checksum flipped": (lambda member: member.end - 8, 0),
    "a bit of the length flipped": (lambda member: member.end - 1, 7),
}
MEMBERS: dict[str, Callable[[Member], bytes]] = {
    "a member compressed harder": lambda member: packed(member.content, 9),
    "a member stored without compression": lambda member: packed(member.content, 0),
    "a record split into two members": in_two,
    "a file name put into the header": named,
    "an empty member put before it": lambda member: packed(b"") + member.raw,
    "a record as plain text instead of gzip": lambda member: member.content,
    "zeros put between members": lambda member: bytes(16) + member.raw,
    "a member that inflates to 70 MB": lambda _: packed(bytes(70 << 20), 9),
    "a record of another version of WARC": lambda member: packed(member.content.replace(b"WARC/1.1", b"WARC/1.0", 1)),
    "a record whose header does not end": lambda member: packed(member.content.replace(b"\r\n\r\n", b"\r\n", 1)),
    "a record with a header repeated": lambda member: packed(
        member.content.replace(b"WARC-Type: response\r\n", b"WARC-Type: response\r\nWARC-Type: response\r\n", 1)
    ),
    "a record of an unexpected type": lambda member: packed(
        member.content.replace(b"WARC-Type: response", b"WARC-Type: conversion", 1)
    ),
}
for what, at in PLACES.items():
    add(GZIP, what, partial(flipped, *at))
for what, made in MEMBERS.items():
    add(GZIP, what, partial(replaced, made))
add(GZIP, "request and response packed into one member", with_the_request)


# --- closing records --------------------------------------------------------------------------------------------------


def close_again(archivist: Archivist, run: int, change: Callable[[Headers], Headers]) -> None:
    """Write a closing record with other fields; its manifest, digest and form are right."""
    member = closing(archivist, run)
    fields = change(tuple(pair for pair in parse_fields(block_of(member)) if pair[0] != "manifest"))
    lines = format_fields(fields)
    block = lines + b"manifest: %s\r\n" % hashlib.sha256(lines).hexdigest().encode()
    head = dict(parse_fields(member.content.partition(b"\r\n\r\n")[0]))
    record = pack_plain(closing_headers(head["WARC-Record-ID"], head["WARC-Date"], block), block)
    member.path.write_bytes(member.path.read_bytes()[: member.offset] + record)


def change_closing(run: int, name: str, archivist: Archivist) -> None:
    def change(fields: Headers) -> Headers:
        assert name in dict(fields), fields
        return tuple((key, unlike(value.encode()).decode() if key == name else value) for key, value in fields)

    close_again(archivist, run, change)


def without_field(run: int, name: str, archivist: Archivist) -> None:
    close_again(archivist, run, lambda fields: tuple(pair for pair in fields if pair[0] != name))


def change_closing_header(name: str, archivist: Archivist) -> None:
    change_header(name, NEWEST, b"previous-manifest", archivist)


for run, label in ((MIDDLE, "an older run"), (NEWEST, "the newest run")):
    for name in CLOSING:
        add(
            END,
            f"{name} in the closing record of {label} changed, its manifest right",
            partial(change_closing, run, name),
        )
add(END, "torn in a closing record changed, its manifest right", partial(change_closing, 4, "torn"))
add(END, "torn taken out of a closing record, its manifest right", partial(without_field, 4, "torn"))
add(END, "a count taken out of the newest closing record", partial(without_field, NEWEST, "count-requests"))
for name in ("WARC-Record-ID", "WARC-Date", *FRAME):
    add(END, f"{name} of the newest closing record changed", partial(change_closing_header, name))


def older_form(archivist: Archivist) -> Options | None:
    """Take the newest closing record back to the form of an older version, which covers less."""
    member = closing(archivist, NEWEST)
    fields = dict(parse_fields(block_of(member)))
    names = ("previous-manifest", "file", "bytes", "sha256")
    lines = format_fields((("manifest-version", "1"), *((name, fields[name]) for name in names)))
    told = tuple(pair for pair in fields.items() if pair[0] == "run" or pair[0].startswith("count-"))
    block = format_fields(told) + lines + b"manifest: %s\r\n" % hashlib.sha256(lines).hexdigest().encode()
    repacked(member, digested(member.content, block))
    return None


def recompressed(archivist: Archivist) -> None:
    last = closing(archivist, NEWEST)
    last.path.write_bytes(last.path.read_bytes()[: last.offset] + last.raw[:10] + packed(last.content, 9)[10:])


def with_another_header(archivist: Archivist) -> None:
    last = closing(archivist, NEWEST)
    content = last.content.replace(b"Content-Type:", b"X-Mine: 1\r\nContent-Type:")
    last.path.write_bytes(last.path.read_bytes()[: last.offset] + last.raw[:10] + packed(content, 0)[10:])


add(END, "the newest closing record in the form of an older version", older_form)
add(END, "the newest closing record compressed", recompressed)
add(END, "a header put into the newest closing record", with_another_header)
