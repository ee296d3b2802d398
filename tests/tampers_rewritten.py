"""Tampering by somebody who has the program: runs rewritten with a right chain, a tail removed, a forgery."""

import hashlib
import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from archiving import MORNING, SEED, Archivist, Clock
from damages import Member, block_of, closing, digested, flip, members, write_again
from guarantees import Meaning, Options, add, kind, make_archive, manifest_said, run_again
from postarchive.cli.verify import NOT_PROVED
from postarchive.collect import rebuild
from postarchive.models import Headers
from tampers_records import NEWEST, close_again, packed

REWRITTEN, TAIL = "Runs written again, with a right chain", "The tail"
KEEP = NOT_PROVED[-1]
UNPROVED = Meaning.UNPROVED
OLD_WORD, NEW_WORD = b"17 major tasks", b"71 major tasks 1q2w3e4r5t6y7u8i9o0p"


def other_words(block: bytes) -> bytes:
    return block.replace(OLD_WORD, NEW_WORD).replace(b"18 major tasks", b"81 major tasks")


def make_rows_again(archivist: Archivist) -> None:
    archivist.database.unlink(missing_ok=True)
    rebuild(archivist.folder)


def write_newest_again(archivist: Archivist, changed: Callable[[Member], bytes | None]) -> None:
    """Change the newest run's records, or leave some out (None), and close it again with a right manifest."""
    *others, last = members(archivist, NEWEST if len(archivist.files) > NEWEST else -1)
    contents = [content for member in others if (content := changed(member)) is not None]
    pairs = zip(contents, [member for member in others if changed(member) is not None], strict=True)
    data = b"".join(member.raw if content == member.content else packed(content) for content, member in pairs)
    last.path.write_bytes(data + last.raw)
    sums = {"bytes": str(len(data)), "sha256": hashlib.sha256(data).hexdigest()}

    def counted(fields: Headers) -> Headers:
        return tuple((name, sums.get(name, value)) for name, value in fields)

    close_again(archivist, -1, counted)


def with_manifest(do: Callable[[Archivist], None], archivist: Archivist) -> Options:
    """Do it to an archive whose newest manifest somebody kept."""
    kept = manifest_said(archivist)
    do(archivist)
    return "--manifest", kept


def then_rows(do: Callable[[Archivist], None], archivist: Archivist) -> None:
    """Do it, and rebuild the database from what is left."""
    do(archivist)
    make_rows_again(archivist)


def then_no_rows(do: Callable[[Archivist], None], archivist: Archivist) -> None:
    """Do it, and leave no database."""
    do(archivist)
    archivist.database.unlink()


def newest_words(archivist: Archivist) -> None:
    def changed(member: Member) -> bytes:
        if b"WARC-Type: request" not in member.content:
            return member.content
        return digested(member.content, block_of(member).replace(b"User-Agent: ", b"User-Agent: 1q2w3e4r5t6y7u8i9o0p"))

    write_newest_again(archivist, changed)


def newest_without_a_pair(archivist: Archivist) -> None:
    left_out = {member.offset for member in members(archivist, -1)[-3:-1]}
    write_newest_again(archivist, lambda member: None if member.offset in left_out else member.content)


def all_runs(archivist: Archivist) -> None:
    write_again(archivist, other_words)


def last_two(archivist: Archivist) -> None:
    write_again(archivist, other_words, first_run=4)
    close_again(archivist, -1, lambda fields: (("count-requests", "9"), *fields))


def without_first(archivist: Archivist) -> None:
    archivist.files[0].unlink()
    write_again(archivist, other_words)


def counts_of_newest(archivist: Archivist) -> None:
    close_again(archivist, -1, lambda fields: tuple((n, "9" if n == "count-requests" else v) for n, v in fields))


def field_more(archivist: Archivist) -> None:
    close_again(archivist, -1, lambda fields: (*fields, ("mine", "1")))


def another(archivist: Archivist) -> None:
    """Put an archive in its place that never was fetched by its keeper."""
    shutil.rmtree(archivist.folder)
    forged = make_archive(archivist.folder.with_name("forged"), Clock(MORNING + timedelta(minutes=30)))
    shutil.move(forged.folder, archivist.folder)


WRITTEN_AGAIN: dict[str, Callable[[Archivist], None]] = {
    "requests of the newest run changed": newest_words,
    "an exchange left out of the newest run": newest_without_a_pair,
    "counts of the newest run changed": counts_of_newest,
    "a field added to the newest closing record": field_more,
    "the two newest runs written again": last_two,
    "all runs written again": all_runs,
}
for what, do in WRITTEN_AGAIN.items():
    is_seen_by_rows = do is not field_more
    add(
        REWRITTEN,
        f"{what}, the database left",
        do,
        passes=None if is_seen_by_rows else UNPROVED,
        because="" if is_seen_by_rows else KEEP,
    )
    add(REWRITTEN, f"{what}, no database left", partial(then_no_rows, do))
    add(REWRITTEN, f"{what}, the database rebuilt", partial(then_rows, do), passes=UNPROVED, because=KEEP)
    add(REWRITTEN, f"{what}, against a manifest kept elsewhere", partial(with_manifest, partial(then_rows, do)))
ODD: dict[str, tuple[bytes, bytes]] = {
    "a record's id that is no text": (rb"WARC-Record-ID: [^\r]*", b"WARC-Record-ID: <\xb2>"),
    "a record's date that is none": (rb"WARC-Date: [^\r]*", b"WARC-Date: 1e9"),
    "a record without its URL": (rb"WARC-Target-URI: .*\n", b""),
    "a record of an unexpected type": (rb"WARC-Type: revisit", b"WARC-Type: conversion"),
    "a response without a status line": (rb"HTTP/1.1 \d+", b"HTTP/1.1 x"),
    "a response whose head does not end": (rb"\r\n\r\n\Z", b"\r\n"),
}


def odd(pattern: bytes, instead: bytes, archivist: Archivist) -> None:
    """Put something odd into the responses of the newest run, with digests that are right."""

    def changed(member: Member) -> bytes:
        if b"WARC-Type: revisit" not in member.content:
            return member.content
        head, _, block = member.content.partition(b"\r\n\r\n")
        if pattern.startswith((b"HTTP", rb"\r")):
            return digested(member.content, re.sub(pattern, instead, block.removesuffix(b"\r\n\r\n")))
        return re.sub(pattern, instead, head) + b"\r\n\r\n" + block

    write_newest_again(archivist, changed)


for what, (pattern, instead) in ODD.items():
    add(REWRITTEN, f"{what} in the newest run", partial(then_no_rows, partial(odd, pattern, instead)))
add(REWRITTEN, "the first run removed, those after it chained again", without_first)
add(REWRITTEN, "a whole archive of somebody else in its place", another, passes=UNPROVED, because=KEEP)
add(REWRITTEN, "the same, against a manifest kept elsewhere", partial(with_manifest, another))


# --- the tail ---------------------------------------------------------------------------------------------------------


def newest_removed(archivist: Archivist) -> None:
    archivist.files[-1].unlink()


def three_newest_removed(archivist: Archivist) -> None:
    for path in archivist.files[-3:]:
        path.unlink()


def end_removed(archivist: Archivist) -> None:
    last = closing(archivist, -1)
    last.path.write_bytes(last.path.read_bytes()[: last.offset])


REMOVED: dict[str, Callable[[Archivist], None]] = {
    "the newest run removed": newest_removed,
    "the newest closing record removed": end_removed,
}
for what, do in REMOVED.items():
    add(TAIL, f"{what}, the database left", do)
    add(TAIL, f"{what}, no database left", partial(then_no_rows, do))
    add(TAIL, f"{what}, the database rebuilt", partial(then_rows, do), passes=UNPROVED, because=KEEP)
    add(TAIL, f"{what}, against a manifest kept elsewhere", partial(with_manifest, partial(then_rows, do)))


@kind(TAIL, "the run that was killed and all after it removed, the torn end left, the database rebuilt")
def _(archivist: Archivist) -> None:
    three_newest_removed(archivist)
    make_rows_again(archivist)


@kind(TAIL, "one more honest run, against the manifest kept before it, and a byte of that run changed")
def _(archivist: Archivist) -> Options:
    kept = manifest_said(archivist)
    run_again(archivist, SEED)
    path = archivist.files[-1]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return "--manifest", kept


@kind(
    TAIL,
    "one more honest run, against the manifest kept before it",
    passes=Meaning.HARMLESS,
    because="a longer chain holds every manifest that was kept",
)
def _(archivist: Archivist) -> Options:
    kept = manifest_said(archivist)
    run_again(archivist, SEED)
    return "--manifest", kept


# --- a closing record that rotted before the next run -----------------------------------------------------------------


def rotted_and_put_back(put_back: Callable[[Archivist], None], archivist: Archivist) -> None:
    """Flip a bit of the newest closing record, make a run, then put back the original file, or a forgery."""
    path = archivist.files[-1]
    whole = path.read_bytes()
    put_back(archivist)
    restored = path.read_bytes()
    path.write_bytes(whole)
    flip(path, -20)
    run_again(archivist, SEED)
    path.write_bytes(restored)
    make_rows_again(archivist)


PUT_BACK: dict[str, tuple[Callable[[Archivist], None], Meaning | None]] = {
    "restored from a copy": (lambda _: None, UNPROVED),
    "put back with other counts": (counts_of_newest, UNPROVED),
    "put back with a changed request": (newest_words, None),
    "put back without an exchange": (newest_without_a_pair, None),
}
for what, (put_back, passes) in PUT_BACK.items():
    add(
        TAIL,
        f"the newest closing record rotted, one more run, then {what}",
        partial(rotted_and_put_back, put_back),
        passes=passes,
    )
