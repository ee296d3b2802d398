"""What can befall an archive, one function a damage: each does it and returns the place that must be named."""

import hashlib
import re
import shutil
import zlib
from base64 import b32encode
from collections.abc import Callable, Generator
from contextlib import closing as closing_file
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from archiving import LIST, MORNING, OTHER, SEED, STAMP, Archivist, Clock, playing_site
from collecting import EDITED_PAGE, SEED_PAGE
from postarchive.collect import fetch_urls, rebuild
from postarchive.models import Capture, Exchange, RunEnded, RunStarted
from postarchive.warc import Before, WarcRecord, WarcWriter, manifest_before, pack, records, sha256
from postarchive.warc.draft import closing_headers
from postarchive.warc.frame import pack_plain
from postarchive.warc.manifest import manifest_fields
from postarchive.warc.message import format_fields, parse_fields

Damage = Callable[[Archivist], str]
REPLAY = f"https://web.archive.org/web/20230401020304id_/{SEED}"
HOUR_SECONDS = 3600.0
EVIDENCE_DAMAGES: dict[str, Damage] = {}
ROW_DAMAGES: dict[str, Damage] = {}


def damage(function: Damage) -> Damage:
    EVIDENCE_DAMAGES[function.__name__.replace("_", " ")] = function
    return function


@dataclass(frozen=True)
class Member:
    """A record as it lies in its file."""

    path: Path
    file: str
    offset: int
    raw: bytes
    content: bytes

    @property
    def place(self) -> str:
        """Return the place as a finding names it."""
        return f"{self.file}@{self.offset}"

    @property
    def end(self) -> int:
        """Return where the next record begins."""
        return self.offset + len(self.raw)


def make_archive(folder: Path) -> Archivist:
    """Make an archive of four runs, the third of which was broken off."""
    archivist = Archivist(folder)
    with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch) as site:
        archivist.fetch(SEED, OTHER, STAMP)
        site.edit(SEED, EDITED_PAGE)
        archivist.clock.sleep(HOUR_SECONDS)
        archivist.fetch(SEED, OTHER, LIST)
        archivist.clock.sleep(HOUR_SECONDS)
        break_off(archivist, OTHER, STAMP)
        archivist.clock.sleep(HOUR_SECONDS)
        archivist.fetch(SEED, STAMP)
    return archivist


def make_archive_of_a_replay(folder: Path) -> Archivist:
    """Make an archive of one response of the Wayback Machine, whose row has the site's URL and time."""
    ids = map("00000000-0000-4000-8000-{:012}".format, range(1, 99))
    started = RunStarted(f"{MORNING:%Y%m%dT%H%M%SZ}", MORNING, ())
    headers = (("Content-Type", "text/html"), ("Memento-Datetime", "Sat, 01 Apr 2023 02:03:04 GMT"))
    response = Capture(REPLAY, MORNING, 200, headers, SEED_PAGE, "OK")
    with closing_file(WarcWriter.create(folder, started, new_id=ids.__next__, before=Before())) as writer:
        writer.append(Exchange(b"GET / HTTP/1.1\r\n\r\n", response))
        writer.end(RunEnded(started.run, MORNING, ()))
    rebuild(folder)
    return Archivist(folder)


def break_off(archivist: Archivist, *urls: str) -> None:
    """Begin a run that ends without its closing record after the first page."""
    run = fetch_urls(archivist.folder, urls, options=archivist.options)
    assert isinstance(run, Generator)
    next(run)
    run.close()


def copy_of(archivist: Archivist, folder: Path) -> Archivist:
    shutil.copytree(archivist.folder, folder)
    return Archivist(folder)


def members(archivist: Archivist, run: int) -> list[Member]:
    """Return the records of a run's file."""
    path = archivist.files[run]
    data, found = path.read_bytes(), list[Member]()
    offset = 0
    while offset < len(data):
        inflate = zlib.decompressobj(wbits=31)
        content = inflate.decompress(data[offset:])
        raw = data[offset : len(data) - len(inflate.unused_data)]
        found.append(Member(path, path.relative_to(archivist.folder).as_posix(), offset, raw, content))
        offset += len(raw)
    return found


def first(archivist: Archivist, run: int, kind: str) -> Member:
    """Return the largest record of a type in a run's file."""
    found = [member for member in members(archivist, run) if f"WARC-Type: {kind}\r\n".encode() in member.content]
    return max(found, key=lambda member: len(member.raw))


def closing(archivist: Archivist, run: int) -> Member:
    return members(archivist, run)[-1]


def name_of(archivist: Archivist, run: int) -> str:
    return archivist.files[run].relative_to(archivist.folder).as_posix()


def flip(path: Path, offset: int, bit: int = 0) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1 << bit
    path.write_bytes(data)


def place_of(archivist: Archivist, url: str) -> tuple[int, int]:
    """Return offset and length of the evidence of a URL's first response."""
    ((offset, length),) = archivist.rows(
        f"SELECT offset, stored_bytes FROM captures WHERE url = '{url}' ORDER BY id LIMIT 1"  # noqa: S608 - our own URL
    )
    assert isinstance(offset, int)
    assert isinstance(length, int)
    return offset, length


def repack(member: Member, old: bytes, new: bytes) -> None:
    """Change a record's content and pack it again, as somebody would who knows gzip but not the digests."""
    assert old in member.content
    repacked(member, member.content.replace(old, new))


def repacked(member: Member, content: bytes, level: int = -1) -> None:
    """Put a record with another content in a record's place; it is compressed, unless the level is 0."""
    squeeze = zlib.compressobj(level, wbits=31)
    raw = squeeze.compress(content) + squeeze.flush()
    data = member.path.read_bytes()
    member.path.write_bytes(data[: member.offset] + member.raw[:10] + raw[10:] + data[member.end :])


def digested(content: bytes, block: bytes) -> bytes:
    """Return a record with another block, whose digest and length are right, as somebody would who knows them."""
    head = content.partition(b"\r\n\r\n")[0]
    digest = b32encode(hashlib.sha256(block).digest())
    head = re.sub(rb"Block-Digest: sha256:\S+", b"Block-Digest: sha256:" + digest, head)
    head = re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(block), head)
    return head + b"\r\n\r\n" + block + b"\r\n\r\n"


def block_of(member: Member) -> bytes:
    return member.content.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n\r\n")


def write_again(archivist: Archivist, changed: Callable[[bytes], bytes], first_run: int = 0) -> None:
    """Change the responses of a run and of those after it, and write their files again with a right chain.

    A run's words are kept and its digests recomputed: from the files alone nobody can see that they were changed.
    """
    files = archivist.files[first_run:]
    whole = [(path, list(records(archivist.folder, path.relative_to(archivist.folder).as_posix()))) for path in files]
    for path in files:
        path.unlink()
    for path, found in whole:
        before = manifest_before(archivist.folder)
        is_closed = "warc-target-uri" not in found[-1].headers and found[-1].header("WARC-Type") == "metadata"
        data = b"".join(_written_again(record, changed) for record in (found[:-1] if is_closed else found))
        end = (
            _closed_again(path.relative_to(archivist.folder).as_posix(), data, found[-1], before) if is_closed else b""
        )
        path.write_bytes(data + end)


def _closed_again(file: str, data: bytes, record: WarcRecord, before: Before) -> bytes:
    fields = parse_fields(record.block)
    block = format_fields(
        manifest_fields(
            tuple((name, value) for name, value in fields if name == "run" or name.startswith("count-")),
            record_id=dict(fields)["record"],
            date=dict(fields)["date"],
            before=before,
            file=file,
            length_bytes=len(data),
            sha256_hex=hashlib.sha256(data).hexdigest(),
        )
    )
    return pack_plain(closing_headers(record.header("WARC-Record-ID"), record.header("WARC-Date"), block), block)


def _written_again(record: WarcRecord, changed: Callable[[bytes], bytes]) -> bytes:
    block, headers = record.block, dict(record.headers)
    if headers["warc-type"] == "response":
        block = changed(block)
        if block != record.block:
            headers["warc-payload-digest"] = sha256(block.partition(b"\r\n\r\n")[2])
    headers |= {"warc-block-digest": sha256(block), "content-length": str(len(block))}
    return pack(tuple((HEADER_NAMES.get(name, name), value) for name, value in headers.items()), [block])


HEADER_NAMES = {
    name.lower(): name
    for name in (
        *("WARC-Type", "WARC-Record-ID", "WARC-Date", "WARC-Target-URI", "WARC-Concurrent-To", "WARC-Filename"),
        *("WARC-Payload-Digest", "WARC-Block-Digest", "Content-Type", "Content-Length", "WARC-Profile"),
    )
}


# --- bytes ------------------------------------------------------------------------------------------------------------


@damage
def byte_flipped_in_a_body(archivist: Archivist) -> str:
    member = first(archivist, 0, "response")
    flip(member.path, member.offset + len(member.raw) * 3 // 4)
    return member.place


@damage
def byte_flipped_in_a_header(archivist: Archivist) -> str:
    member = first(archivist, 1, "response")
    flip(member.path, member.offset + 40)
    return member.place


@damage
def byte_flipped_in_a_checksum(archivist: Archivist) -> str:
    member = first(archivist, 0, "request")
    flip(member.path, member.end - 6)
    return member.place


@damage
def time_put_into_a_gzip_header(archivist: Archivist) -> str:
    member = first(archivist, 0, "response")
    flip(member.path, member.offset + 5)
    return member.place


@damage
def system_changed_in_a_gzip_header(archivist: Archivist) -> str:
    member = first(archivist, 1, "revisit")
    flip(member.path, member.offset + 9)
    return member.place


@damage
def byte_flipped_in_a_closing_record(archivist: Archivist) -> str:
    member = closing(archivist, 1)
    flip(member.path, member.offset + len(member.raw) // 2)
    return member.place


@damage
def byte_flipped_in_the_newest_closing_record(archivist: Archivist) -> str:
    member = closing(archivist, 3)
    flip(member.path, member.offset + len(member.raw) // 2)
    return member.place


@damage
def gzip_header_of_a_closing_record_changed(archivist: Archivist) -> str:
    member = closing(archivist, 3)
    flip(member.path, member.offset + 8)
    return member.place


@damage
def byte_flipped_in_the_run_that_was_cut_off(archivist: Archivist) -> str:
    member = first(archivist, 2, "response")
    flip(member.path, member.offset + len(member.raw) // 2)
    return member.place


@damage
def gzip_header_changed_in_the_run_that_was_cut_off(archivist: Archivist) -> str:
    member = members(archivist, 2)[0]
    flip(member.path, 4)
    return member.place


@damage
def body_changed_and_packed_again(archivist: Archivist) -> str:
    member = first(archivist, 1, "response")
    repack(member, b"18 major tasks", b"19 major tasks")
    return member.place


@damage
def date_in_a_warc_header_changed_and_packed_again(archivist: Archivist) -> str:
    member = first(archivist, 0, "response")
    repack(member, b"WARC-Date: 2026", b"WARC-Date: 2025")
    return name_of(archivist, 0)


# --- records ----------------------------------------------------------------------------------------------------------


@damage
def response_removed(archivist: Archivist) -> str:
    member = first(archivist, 0, "response")
    request = next(other for other in members(archivist, 0) if other.end == member.offset)
    data = member.path.read_bytes()
    member.path.write_bytes(data[: member.offset] + data[member.end :])
    return request.place


@damage
def request_and_response_removed(archivist: Archivist) -> str:
    *_, request, response, last = members(archivist, 0)
    data = last.path.read_bytes()
    last.path.write_bytes(data[: request.offset] + data[response.end :])
    return f"{last.file}@{request.offset}"


@damage
def request_removed_from_the_run_that_was_cut_off(archivist: Archivist) -> str:
    _, request, *_ = members(archivist, 2)
    request.path.write_bytes(request.path.read_bytes().replace(request.raw, b""))
    return request.file


@damage
def record_said_twice(archivist: Archivist) -> str:
    *_, response, last = members(archivist, 1)
    data = last.path.read_bytes()
    last.path.write_bytes(data[: response.end] + response.raw + data[response.end :])
    return last.file


@damage
def closing_record_removed(archivist: Archivist) -> str:
    member = closing(archivist, 1)
    member.path.write_bytes(member.path.read_bytes()[: member.offset])
    return member.place


@damage
def bytes_put_behind_a_closing_record(archivist: Archivist) -> str:
    member = closing(archivist, 1)
    member.path.write_bytes(member.path.read_bytes() + bytes(64))
    return f"{member.file}@{member.end}"


# --- files ------------------------------------------------------------------------------------------------------------


@damage
def first_file_cut(archivist: Archivist) -> str:
    member = first(archivist, 0, "response")
    member.path.write_bytes(member.path.read_bytes()[: member.end - 100])
    return member.place


@damage
def newest_file_cut(archivist: Archivist) -> str:
    member = closing(archivist, 3)
    member.path.write_bytes(member.path.read_bytes()[: member.end - 20])
    return member.place


@damage
def newest_file_cut_between_records(archivist: Archivist) -> str:
    *_, response, last = members(archivist, 3)
    last.path.write_bytes(last.path.read_bytes()[: response.end])
    return last.place


@damage
def file_emptied(archivist: Archivist) -> str:
    archivist.files[1].write_bytes(b"")
    return name_of(archivist, 1)


@damage
def first_file_deleted(archivist: Archivist) -> str:
    name = name_of(archivist, 0)
    archivist.files[0].unlink()
    return name


@damage
def middle_file_deleted(archivist: Archivist) -> str:
    name = name_of(archivist, 1)
    archivist.files[1].unlink()
    return name


@damage
def file_of_the_run_that_was_cut_off_deleted(archivist: Archivist) -> str:
    name = name_of(archivist, 2)
    archivist.files[2].unlink()
    return name


@damage
def newest_file_deleted(archivist: Archivist) -> str:
    name = name_of(archivist, 3)
    archivist.files[3].unlink()
    return name


@damage
def two_files_swapped(archivist: Archivist) -> str:
    one, other = archivist.files[:2]
    one_bytes, other_bytes = one.read_bytes(), other.read_bytes()
    one.write_bytes(other_bytes)
    other.write_bytes(one_bytes)
    return f"{name_of(archivist, 0)}@0"


@damage
def file_renamed(archivist: Archivist) -> str:
    path = archivist.files[1]
    path.rename(path.with_name("20200101T000000Z.warc.gz"))
    return f"{path.parent.relative_to(archivist.folder).as_posix()}/20200101T000000Z.warc.gz@0"


@damage
def file_copied_under_another_name(archivist: Archivist) -> str:
    path = archivist.files[1]
    copy = path.with_name("20990101T000000Z.warc.gz")
    shutil.copy(path, copy)
    return f"{copy.relative_to(archivist.folder).as_posix()}@0"


@damage
def strangers_text_file_added(archivist: Archivist) -> str:
    (archivist.files[0].parent / "notes.txt").write_text("mine", encoding="utf-8")
    return f"{archivist.files[0].parent.relative_to(archivist.folder).as_posix()}/notes.txt"


@damage
def noise_added_as_a_file(archivist: Archivist) -> str:
    stranger = archivist.files[1].with_name("20260506T080030Z.warc.gz")
    stranger.write_bytes(b"no gzip at all")
    return f"{stranger.relative_to(archivist.folder).as_posix()}@0"


@damage
def run_of_another_archive_added(archivist: Archivist) -> str:
    other = Archivist(archivist.folder.with_name("other"), Clock(MORNING + timedelta(minutes=30)))
    with pytest.MonkeyPatch.context() as monkeypatch, playing_site(monkeypatch):
        other.fetch(SEED)
        other.fetch(SEED)
    stranger = other.files[1]
    shutil.copy(stranger, archivist.files[0].parent)
    return stranger.relative_to(other.folder).as_posix()


# --- rows -------------------------------------------------------------------------------------------------------------


def damage_to_rows(function: Damage) -> Damage:
    ROW_DAMAGES[function.__name__.replace("_", " ")] = function
    return function


def row_damage(name: str, place: str, *statements: str) -> None:
    def apply(archivist: Archivist) -> str:
        archivist.execute("PRAGMA foreign_keys = OFF", *statements)
        return place

    ROW_DAMAGES[name] = apply


row_damage("status edited", "captures 2 ", "UPDATE captures SET status = 404 WHERE id = 2")
row_damage("place edited", "captures 2 ", "UPDATE captures SET offset = offset + 1 WHERE id = 2")
row_damage("digest edited", "captures 2 ", "UPDATE captures SET payload_digest = 'sha256:AAAA' WHERE id = 2")
row_damage(
    "record edited", "versions 1 ", "UPDATE versions SET record = replace(record, '17 major', '1 major') WHERE id = 1"
)
row_damage("record that is no JSON", "versions 1 ", "UPDATE versions SET record = '{' WHERE id = 1")
row_damage("title edited", "pages 1 ", "UPDATE pages SET title = 'Other' WHERE id = 1")
row_damage("run edited", "runs 20260506T", "UPDATE runs SET ended = '2027' WHERE run = (SELECT min(run) FROM runs)")
row_damage("run inserted", "runs 2020", "INSERT INTO runs VALUES ('2020', 'warc/2020/2020.warc.gz', '', '', '{}', '')")
row_damage("version deleted", "versions ", "DELETE FROM versions WHERE id = 2")
row_damage(
    "capture inserted",
    "captures 99 ",
    "CREATE TEMP TABLE copied AS SELECT * FROM captures WHERE id = 2",
    "UPDATE copied SET id = 99, record_id = 'urn:uuid:0', offset = offset + 7",
    "INSERT INTO captures SELECT * FROM copied",
)


@damage_to_rows
def capture_deleted(archivist: Archivist) -> str:
    ((file, offset),) = archivist.rows("SELECT file, offset FROM captures WHERE id = 3")
    archivist.execute("DELETE FROM captures WHERE id = 3")
    return f"{file}@{offset}"


@damage_to_rows
def files_row_deleted(archivist: Archivist) -> str:
    archivist.execute("DELETE FROM files WHERE file = (SELECT min(file) FROM files)")
    return name_of(archivist, 0)


DAMAGES = EVIDENCE_DAMAGES | ROW_DAMAGES
