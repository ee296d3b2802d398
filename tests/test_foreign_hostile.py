"""Files made to do harm: they cost little, each is reported in one line, and what is intact in them is read."""

import gzip
import io
import os
import random
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from foreignwarc import BODY, OTHER, SEED, Foreign, packed, packed_whole, plain, put, sha1, wacz
from postarchive.errors import UnreadableInput
from postarchive.fetch import is_html
from postarchive.foreign import Damage, find_sources, read_foreign
from postarchive.models import Capture

MIB = 1 << 20
NOW = datetime(2026, 5, 6, tzinfo=UTC)
FIRST = Foreign(record_id="urn:uuid:00000000-0000-0000-0000-0000000000aa")
LAST = Foreign(url=OTHER, date="2021-01-01T00:00:00Z", record_id="urn:uuid:00000000-0000-0000-0000-0000000000ff")
METHODS = {
    "stored": zipfile.ZIP_STORED,
    "deflate": zipfile.ZIP_DEFLATED,
    "bzip2": zipfile.ZIP_BZIP2,
    "lzma": zipfile.ZIP_LZMA,
}


def is_page(capture: Capture) -> bool:
    return capture.status == 200 and is_html(capture)


def read(*paths: Path) -> tuple[list[Capture], list[Damage]]:
    items = list(read_foreign(find_sources(paths), is_wanted=is_page, now=NOW))
    return [item for item in items if isinstance(item, Capture)], [item for item in items if isinstance(item, Damage)]


def urls(captures: list[Capture]) -> list[str]:
    return [capture.url for capture in captures]


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail when it takes longer; the bounds here are ten times what a free machine needs."""
    start = time.perf_counter()
    yield
    assert time.perf_counter() - start < seconds


def package(*entries: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in entries:
            file.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


# --- packages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize("pack", [plain, packed, packed_whole], ids=lambda pack: pack.__name__)
def test_entry_is_read_however_it_is_packed(pack: Callable[..., bytes], method: int, tmp_path: Path) -> None:
    path = put(tmp_path / "a.wacz", package(("archive/a.warc.gz", pack(FIRST, LAST)), method=method))

    captures, damages = read(path)

    assert (urls(captures), damages) == ([SEED, OTHER], [])


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_corrupt_entry_is_reported_and_the_next_entry_is_read(method: int, tmp_path: Path) -> None:
    noise = random.Random(3).randbytes(200_000)  # noqa: S311 - no secret
    data = bytearray(
        package(
            ("archive/a.warc", plain(FIRST, replace(FIRST, kind="metadata", block=noise))),
            ("archive/b.warc", plain(LAST)),
            method=method,
        )
    )
    data[100_000:100_020] = bytes(20)
    path = put(tmp_path / "a.wacz", bytes(data))

    captures, damages = read(path)

    assert OTHER in urls(captures)
    assert {damage.file for damage in damages} == {f"{path}!archive/a.warc"}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("archive/../../out.warc.gz", "leads out"),
        ("/archive/a.warc.gz", "leads out"),
        ("archive\\..\\a.warc", "leads out"),
        ("C:/archive/a.warc", "leads out"),
        ("archive/inner.wacz", "inside a package"),
        ("inner.zip", "inside a package"),
    ],
)
def test_entry_with_a_bad_name_is_reported_and_left_out(name: str, problem: str, tmp_path: Path) -> None:
    path = put(tmp_path / "a.wacz", package((name, packed(FIRST)), ("archive/b.warc.gz", packed(LAST))))

    captures, (damage,) = read(path)

    assert urls(captures) == [OTHER]
    assert problem in damage.problem
    assert not list(tmp_path.parent.glob("out*"))


def test_link_in_a_package_is_left_out(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        link = zipfile.ZipInfo("archive/a.warc.gz")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
        file.writestr("archive/b.warc.gz", packed(LAST))

    captures, (damage,) = read(put(tmp_path / "a.wacz", out.getvalue()))

    assert urls(captures) == [OTHER]
    assert "link" in damage.problem


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_second_entry_of_a_name_counts_only_when_it_is_the_same(tmp_path: Path) -> None:
    name, other = "archive/a.warc.gz", packed(LAST)
    same = put(tmp_path / "same.wacz", package((name, packed(FIRST)), (name, packed(FIRST))))
    unlike = put(tmp_path / "unlike.wacz", package((name, packed(FIRST)), (name, other)))

    assert read(same)[1] == []
    captures, (damage,) = read(unlike)
    assert urls(captures) == [SEED]
    assert "second entry" in damage.problem


@pytest.mark.parametrize(("place", "value"), [(6, 1), (6, 0x40)], ids=["encrypted", "strongly encrypted"])
def test_encrypted_entry_is_reported(place: int, value: int, tmp_path: Path) -> None:
    data = bytearray(package(("archive/a.warc.gz", packed(FIRST))))
    data[place] |= value
    data[data.index(b"PK\x01\x02") + 8] |= value

    captures, (damage,) = read(put(tmp_path / "a.wacz", bytes(data)))

    assert captures == []
    assert "encrypted" in damage.problem


def test_entry_packed_in_an_unknown_way_is_reported(tmp_path: Path) -> None:
    data = bytearray(package(("archive/a.warc.gz", packed(FIRST)), ("archive/b.warc.gz", packed(LAST))))
    data[data.index(b"PK\x01\x02") + 10] = 93  # zstd

    captures, (damage,) = read(put(tmp_path / "a.wacz", bytes(data)))

    assert urls(captures) == [OTHER]
    assert "method 93" in damage.problem


def test_package_with_zip64_sizes_is_read(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file, file.open("archive/a.warc.gz", "w", force_zip64=True) as entry:
        entry.write(packed(FIRST))

    assert urls(read(put(tmp_path / "a.wacz", out.getvalue()))[0]) == [SEED]


def test_entry_that_leads_beyond_the_file_is_reported(tmp_path: Path) -> None:
    data = bytearray(package(("archive/a.warc", plain(FIRST))))
    directory = data.index(b"PK\x01\x02")
    data[directory + 20 : directory + 24] = (1 << 30).to_bytes(4, "little")

    captures, (damage,) = read(put(tmp_path / "a.wacz", bytes(data)))

    assert captures == []
    assert "ends inside" in damage.problem


def test_huge_directory_of_a_package_is_refused(tmp_path: Path) -> None:
    data = bytearray(package(("archive/a.warc", plain(FIRST))))
    end = data.index(b"PK\x05\x06")
    data[end + 12 : end + 16] = (1 << 30).to_bytes(4, "little")

    assert "directory" in read(put(tmp_path / "a.wacz", bytes(data)))[1][0].problem


def test_lzma_that_wants_gigabytes_of_memory_is_left_out(tmp_path: Path) -> None:
    data = bytearray(package(("archive/a.warc", plain(FIRST)), method=zipfile.ZIP_LZMA))
    start = data.index(b"archive/a.warc") + len("archive/a.warc")
    data[start + 5 : start + 9] = b"\xff" * 4

    assert "memory" in read(put(tmp_path / "a.wacz", bytes(data)))[1][0].problem


# --- bombs ------------------------------------------------------------------------------------------------------------


# What `bz2.compress(bytes(140 * MIB))` returns after two seconds.
BZIP2_BOMB = bytes.fromhex(
    "425a6839"
    + "3141592653590e09e2df015f8e4000c0000008200030804d4642a025a90a8097" * 3
    + "314159265359af6604100045b8c004c00004000008200020a534198d0a9486c22a521e2ee48a70a121f63ab854"
)


def bomb(content: bytes, wbits: int, mib: int) -> bytes:
    """Return content that is repeated to so many MiB, packed: once, in a block that is repeated."""
    squeeze = zlib.compressobj(wbits=wbits)
    first, block = (squeeze.compress(content) + squeeze.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + block * -(-mib * MIB // len(content)) + squeeze.flush()


def raw_package(name: str, data: bytes, *, method: int, size: int) -> bytes:
    """Return a package of one entry whose packed bytes are given."""
    shared = struct.pack("<HHHHHLLL", 20, 0, method, 0, 33, 0, len(data), size)
    local = b"PK\x03\x04" + shared + struct.pack("<HH", len(name), 0) + name.encode()
    central = b"PK\x01\x02" + struct.pack("<H", 20) + shared + struct.pack("<HHHHHLL", len(name), 0, 0, 0, 0, 0, 0)
    place = len(local) + len(data)
    entry = central + name.encode()
    return local + data + entry + b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(entry), place, 0)


@pytest.mark.parametrize("content", [bytes(MIB), b"WARC/1.0\r\n" * 100_000], ids=["zeros", "short lines"])
def test_bomb_is_one_damaged_place_and_takes_neither_time_nor_memory(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postarchive.foreign.bounds.FREE_BYTES", 48 * MIB)
    files = [
        put(
            tmp_path / "a.warc.gz",
            packed(FIRST) + gzip.compress(plain(FIRST)[:60]) + bomb(content, wbits=31, mib=52),
        ),
        put(
            tmp_path / "b.wacz",
            raw_package("archive/a.warc", bomb(content, wbits=-15, mib=52), method=8, size=0xFFFFFFF0),
        ),
    ]
    tracemalloc.start()

    with at_most(30):
        results = [read(file) for file in files]

    assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    tracemalloc.stop()
    assert all("inflates to more than 48 MiB" in damages[-1].problem for _, damages in results)
    assert urls(results[0][0]) == [SEED]


def test_bomb_of_bzip2_is_bounded_in_each_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postarchive.foreign.bounds.FREE_BYTES", 48 * MIB)
    path = put(
        tmp_path / "a.wacz",
        raw_package("archive/a.warc", BZIP2_BOMB, method=12, size=1 << 31),
    )
    tracemalloc.start()

    with at_most(30):
        captures, damages = read(path)

    assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    tracemalloc.stop()
    assert (captures, len(damages)) == ([], 1)
    assert "inflates to more than 48 MiB" in damages[0].problem


def test_bomb_of_small_records_ends_soon(tmp_path: Path) -> None:
    record = b"WARC/1.0\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
    path = put(tmp_path / "a.warc.gz", bomb(record * 10_000, wbits=31, mib=140))

    with at_most(30):
        _, damages = read(path)

    assert "inflates to more than 128 MiB" in damages[-1].problem


# --- lies and rubbish -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [10_000, 3 * MIB, 10**12, 10**17, int("9" * 30)])
@pytest.mark.parametrize("kind", ["response", "metadata"])
@pytest.mark.parametrize("pack", [plain, packed_whole, "deflated"], ids=["plain", "packed whole", "deflated"])
def test_false_lengths_cost_their_records_alone(
    pack: Callable[..., bytes] | str, kind: str, length: int, tmp_path: Path
) -> None:
    lies = [part for n in range(50) for part in (Foreign(kind=kind, length=length), good(n))]
    if isinstance(pack, str):
        path = put(tmp_path / "a.wacz", wacz(plain(*lies), name="archive/a.warc", compression=zipfile.ZIP_DEFLATED))
    else:
        path = put(tmp_path / "a.warc", pack(*lies))

    captures, damages = read(path)

    assert (len(captures), len(damages)) == (50, 50)


def good(number: int) -> Foreign:
    return Foreign(date=f"20{number // 10 + 10}-01-{number % 10 + 1:02}T00:00:00Z")


@pytest.mark.parametrize("records", [1_000, 4_000])
def test_many_false_lengths_take_time_in_proportion(records: int, tmp_path: Path) -> None:
    lies = plain(*[Foreign(length=20_000)] * records)  # each leads across sixty others
    path = put(tmp_path / "a.wacz", wacz(lies, name="archive/a.warc", compression=zipfile.ZIP_DEFLATED))

    with at_most(records / 400):
        _, damages = read(path)

    assert sum(damage.count for damage in damages) == records


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflated"])
def test_damaged_members_in_a_package_take_time_in_proportion(method: int, tmp_path: Path) -> None:
    chance = random.Random(1)  # noqa: S311 - no secret
    members = []
    for number in range(600):
        member = bytearray(replace(FIRST, body=chance.randbytes(2000), date=good(number % 50).date).packed())
        if number % 3 == 0:
            member[len(member) // 2] ^= 255
        members.append(bytes(member))
    path = put(tmp_path / "a.wacz", wacz(b"".join(members), compression=method))

    with at_most(4):
        captures, damages = read(path)

    assert len(captures) == 400
    assert (len(damages), damages[-1].count) == (101, 100)


def test_a_hundred_damaged_places_are_reported_then_a_count(tmp_path: Path) -> None:
    rubbish = b"".join(b"WARC/1.0\r\nContent-Length: x\r\n\r\n" for _ in range(5_000))
    path = put(tmp_path / "a.warc", plain(FIRST) + rubbish + plain(LAST))

    with at_most(5):
        captures, damages = read(path)

    assert urls(captures) == [SEED, OTHER]
    assert (len(damages), damages[-1].count, damages[-1].problem) == (
        101,
        4_900,
        "and 4900 more; only the first 100 are listed",
    )


@pytest.mark.parametrize("rubbish", [b"\r\n", b"x\r\n", b"WARC/1.0\r\nA: b\r\n", b"\x1f\x8b\x08\x00", b"\0"], ids=repr)
def test_garbage_is_skipped(rubbish: bytes, tmp_path: Path) -> None:
    path = put(tmp_path / "a.warc", plain(FIRST) + rubbish * (4 * MIB // len(rubbish)) + b"\r\n" + plain(LAST))

    with at_most(20):
        captures, damages = read(path)

    assert urls(captures) == [SEED, OTHER]
    assert len(damages) == (rubbish != b"\r\n")


def test_many_revisits_of_one_record_take_time_in_proportion(tmp_path: Path) -> None:
    originals = [replace(FIRST, more=(("WARC-Payload-Digest", sha1(str(n).encode())),)) for n in range(1000)]
    revisit = Foreign(
        kind="revisit",
        body=b"",
        more=(("WARC-Refers-To", f"<{FIRST.record_id}>"), ("WARC-Payload-Digest", sha1(b"no other"))),
    )
    path = put(tmp_path / "a.warc", plain(*originals, *[revisit] * 1000))

    with at_most(5):
        captures, damages = read(path)

    assert (len(captures), sum(damage.count for damage in damages)) == (1000, 1000)


# --- other people's habits --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["WARC/0.17", "WARC/0.18", "WARC/1.0", "WARC/1.1"])
def test_versions_of_the_format_are_read(version: str, tmp_path: Path) -> None:
    captures, damages = read(put(tmp_path / "a.warc", plain(replace(FIRST, version=version), LAST)))

    assert (urls(captures), damages) == ([SEED, OTHER], [])


def test_header_lines_may_end_in_lf(tmp_path: Path) -> None:
    block = FIRST.content()
    head = f"WARC/1.0\nWARC-Type: response\nWARC-Date: {FIRST.date}\nWARC-Target-URI: {SEED}\n"
    record = f"{head}Content-Length: {len(block)}\n\n".encode() + block + b"\n\n"

    captures, damages = read(put(tmp_path / "a.warc", record + record + plain(LAST)))

    assert (urls(captures), damages) == ([SEED, SEED, OTHER], [])


@pytest.mark.parametrize("name", ["a.arc", "a.arc.gz"])
def test_arc_file_is_refused_with_a_line(name: str, tmp_path: Path) -> None:
    content = b"filedesc://a.arc 0.0.0.0 20010101000000 text/plain 76\n1 0 x\n"
    path = put(tmp_path / "folder" / name, gzip.compress(content) if name.endswith("gz") else content)

    with pytest.raises(UnreadableInput, match="ARC"):
        find_sources([path])
    assert "ARC" in read(path.parent)[1][0].problem


@pytest.mark.parametrize(("trail", "damages"), [(b"\0" * 1000, 0), (b"rubbish", 1), (b"\x1f\x8b\x08", 1)], ids=repr)
def test_bytes_after_the_last_member_cost_nothing(trail: bytes, damages: int, tmp_path: Path) -> None:
    captures, told = read(put(tmp_path / "a.warc.gz", packed(FIRST, LAST) + trail))

    assert (urls(captures), len(told)) == ([SEED, OTHER], damages)


def test_record_without_a_digest_in_a_corrupt_member_is_not_believed(tmp_path: Path) -> None:
    """The checksum of the member says that something is wrong, and nothing says that it is not this record."""
    proved = replace(LAST, more=(("WARC-Block-Digest", sha1(LAST.content())),))
    member = bytearray(packed_whole(FIRST, proved, Foreign(kind="metadata", block=bytes(1 * MIB))))
    member[-6] ^= 255

    captures, (damage,) = read(put(tmp_path / "a.warc.gz", bytes(member)))

    assert urls(captures) == [OTHER]
    assert "not whole" in damage.problem


def test_segment_of_a_record_is_reported(tmp_path: Path) -> None:
    path = put(tmp_path / "a.warc", plain(replace(FIRST, more=(("WARC-Segment-Number", "1"),)), LAST))

    captures, (damage,) = read(path)

    assert urls(captures) == [OTHER]
    assert "segment" in damage.problem


def test_two_lengths_that_disagree_are_damage(tmp_path: Path) -> None:
    path = put(tmp_path / "a.warc", plain(replace(FIRST, more=(("Content-Length", "5"),)), LAST))

    assert "two values" in read(path)[1][0].problem


@pytest.mark.parametrize(
    "date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1989-12-31", "2026-05-08", "", "1e9", "²019"]
)
def test_impossible_date_is_damage(date: str, tmp_path: Path) -> None:
    captures, (damage,) = read(put(tmp_path / "a.warc", plain(replace(FIRST, date=date), LAST)))

    assert urls(captures) == [OTHER]
    assert ("its date is impossible" if date[:1].isdigit() and len(date) > 4 else "WARC-Date") in damage.problem


def test_http_head_of_megabytes_is_damage(tmp_path: Path) -> None:
    block = b"HTTP/1.1 200 OK\r\n" + b"a:b\r\n" * 400_000 + b"\r\n" + BODY

    captures, (damage,) = read(put(tmp_path / "a.warc", plain(replace(FIRST, block=block), LAST)))

    assert urls(captures) == [OTHER]
    assert "head" in damage.problem


# --- what is not a file -----------------------------------------------------------------------------------------------


def test_anything_but_a_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "a.warc"
    os.mkfifo(pipe)

    with at_most(5):
        for path in (pipe, Path("/dev/zero"), Path("/dev/null")):
            with pytest.raises(UnreadableInput, match="regular file"):
                find_sources([path])
        assert read(tmp_path) == ([], [])


def test_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.warc").symlink_to(tmp_path / "a.warc")

    with pytest.raises(UnreadableInput, match=r"a\.warc"):
        find_sources([tmp_path / "a.warc"])
    assert read(tmp_path) == ([], [])


def test_saved_page_of_an_impossible_date_is_damage_or_read(tmp_path: Path) -> None:
    path = put(tmp_path / "english.chinapost.com.cn/a.htm", BODY)
    os.utime(path, ns=(0, (1 << 62)))

    captures, damages = read(tmp_path)

    assert len(captures) + len(damages) == 1


def test_what_revisits_repeat_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few hundred bytes name a page of megabytes again: a small file must not fill the disk."""
    monkeypatch.setattr("postarchive.foreign.spool.REPEATED_BYTES", 10 * len(BODY))
    monkeypatch.setattr("postarchive.foreign.spool.REPEATED_RATIO", 0)
    original = Foreign(record_id="urn:uuid:1")
    revisits = [
        Foreign(
            kind="revisit",
            date=f"2019-03-05T05:06:{second:02}Z",
            more=(("WARC-Refers-To", "<urn:uuid:1>"),),
            block=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        )
        for second in range(30)
    ]

    captures, damages = read(put(tmp_path / "a.warc", plain(original, *revisits)))

    assert (len(captures), len(damages)) == (11, 20)
    assert {damage.problem for damage in damages} == {"its revisits repeat more than 0 MiB of bodies; left out"}
