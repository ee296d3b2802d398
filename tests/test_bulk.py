"""Many WARC files become a dataset: the same whoever reads them, nothing twice, and damage costs itself alone."""

import gzip
import importlib.util
import json
import os
import random
import signal
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dask
import duckdb
import pyarrow.parquet as pq
import pytest
from distributed import LocalCluster

from archiving import HOST, SEED
from bulkwarc import (
    TIME,
    foreign_record,
    member,
    members_of,
    page,
    page_url,
    record,
    write,
    write_warcs,
)
from commands import postarchive
from postarchive.bulk import cluster as cluster_module
from postarchive.bulk.cluster import Workers, convert_all
from postarchive.bulk.reports import PartReport, find_report, part_path
from postarchive.bulk.scan import may_be_in_scope, wanted_records
from postarchive.bulk.sources import BulkSource, find_files
from postarchive.bulk.task import Unwritable, convert
from postarchive.errors import ArchiveUnwritable, UnreadableInput, UsageError
from postarchive.export.columns import PAGES
from postarchive.foreign import Damage
from postarchive.foreign.bounds import Allowance
from postarchive.foreign.pieces import Content
from postarchive.foreign.records import ForeignRecord, read_records
from postarchive.foreign.responses import is_in_scope

NOW = datetime(2026, 5, 6, tzinfo=UTC)


def one_report(path: Path, folder: Path) -> PartReport:
    """Convert a file in this process and return the report on it."""
    folder.mkdir(exist_ok=True)
    (folder / "_done").mkdir(exist_ok=True)
    report = convert(BulkSource(path.name, str(path)), folder, NOW)
    assert isinstance(report, PartReport)
    return report


def rows(folder: Path) -> list[dict[str, object]]:
    """Return all rows of a dataset in order."""
    found = pq.read_table(folder).to_pylist()
    return sorted(found, key=lambda row: (str(row["file"]), row["offset"]))


def contents(folder: Path) -> dict[str, bytes]:
    """Return the parts of a dataset by name."""
    return {path.name: path.read_bytes() for path in folder.glob("*.parquet")}


# --- one file ---------------------------------------------------------------------------------------------------------


def test_each_capture_of_a_page_is_a_row_with_its_place(tmp_path: Path) -> None:
    parts = members_of(8450, 2)
    path = write(tmp_path / "a.warc.gz", parts)

    report = one_report(path, tmp_path / "out")

    assert (report.pages, report.damages, report.unread) == (2, (), ())
    first, second = rows(tmp_path / "out")
    assert (first["url"], first["node"], first["kind"]) == (page_url(8450), 23048450, "news")
    assert (first["file"], first["offset"], second["offset"]) == (
        "a.warc.gz",
        len(b"".join(parts[:3])),
        len(b"".join(parts[:7])),
    )
    assert first["time"] == first["first_seen"] == datetime.fromisoformat(TIME)
    assert str(first["digest"]).startswith("sha256:")
    assert "8450 major tasks" in str(first["paragraphs"])


def test_columns_are_those_of_the_export_and_four_more(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc.gz", members_of(8450, 1))
    one_report(path, tmp_path / "out")

    (part,) = (tmp_path / "out").glob("*.parquet")

    exported = [column.name for column in PAGES.columns_of("parquet")]
    assert pq.read_schema(part).names == [*exported, "file", "offset", "digest", "time"]


def test_digest_is_the_one_in_the_file(tmp_path: Path) -> None:
    told = record(SEED, page(8456)).replace(
        b"Content-Type: appl", b"WARC-Payload-Digest: sha1:ABC\r\nContent-Type: appl", 1
    )
    one_report(write(tmp_path / "a.warc.gz", [member(told)]), tmp_path / "out")

    assert [row["digest"] for row in rows(tmp_path / "out")] == ["sha1:abc"]


def test_anything_but_a_page_makes_no_row(tmp_path: Path) -> None:
    records = [
        record(SEED, b"", status="302 Found"),
        record(f"http://{HOST}/robots.txt", b"User-agent: *"),
        record(f"http://{HOST}/logo.png", b"x").replace(b"text/html", b"image/png"),
        record(SEED, b"", kind="request"),
    ]

    report = one_report(write(tmp_path / "a.warc.gz", map(member, records)), tmp_path / "out")

    assert (report.pages, report.damages, report.unread) == (0, (), ())
    assert contents(tmp_path / "out") == {}


def test_page_that_cannot_be_read_is_reported_with_its_place(tmp_path: Path) -> None:
    records = [member(foreign_record(1)), member(record(SEED, b"no page"))]

    report = one_report(write(tmp_path / "a.warc.gz", records), tmp_path / "out")

    assert [(item.offset, SEED in item.problem) for item in report.unread] == [(len(records[0]), True)]


def test_revisit_is_counted(tmp_path: Path) -> None:
    revisit = record(SEED, b"", kind="revisit")

    assert one_report(write(tmp_path / "a.warc.gz", [member(revisit)]), tmp_path / "out").repeated == 1


def test_date_that_cannot_be_true_is_damage(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc.gz", [member(record(SEED, page(8456), time="2099-01-01T00:00:00Z"))])

    (damage,) = one_report(path, tmp_path / "out").damages

    assert "its date is impossible" in damage.problem


def test_bug_costs_only_the_record_that_triggers_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("postarchive.bulk.rows.parse", broken)

    (damage,) = one_report(write(tmp_path / "a.warc.gz", [member(record(SEED, b"x"))]), tmp_path / "out").damages

    assert "ZeroDivisionError: a bug" in damage.problem


# --- passing by -------------------------------------------------------------------------------------------------------


def keys(items: Iterator[ForeignRecord | Damage]) -> list[tuple[int, str]]:
    """Return what was found where, without the words of a damage."""
    return [(item.offset, "damage" if isinstance(item, Damage) else item.headers["warc-target-uri"]) for item in items]


def strictly(path: Path) -> list[tuple[int, str]]:
    """Return what the reader finds that passes by nothing."""
    with path.open("rb") as stream:
        content = Content(stream, Allowance(path.stat().st_size))
        return keys(read_records("a", content, is_wanted=is_in_scope))


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


MEMBERS = members_of(8450, 3, others=2)
WHOLE = b"".join(MEMBERS)
STARTS = [len(b"".join(MEMBERS[:number])) for number in range(len(MEMBERS))]
PLAIN = [foreign_record(1), record(page_url(1), page(1)), foreign_record(2), record(page_url(2), page(2))]
DAMAGED = {
    "whole": WHOLE,
    "cut in the last record": WHOLE[:-60],
    "cut in a trailer": WHOLE[:-3],
    "cut in a record of others": WHOLE[: STARTS[6] + 50],
    "flipped in a record of others": flipped(WHOLE, STARTS[3] + 80),
    "flipped in a page": flipped(WHOLE, STARTS[5] + 700),
    "flipped checksum": flipped(WHOLE, STARTS[6] - 6),
    "flipped in the first": flipped(WHOLE, 60),
    "noise between": WHOLE[: STARTS[4]] + b"noise" * 20 + WHOLE[STARTS[4] :],
    "zeros at the end": WHOLE + bytes(4000),
    "noise at the end": WHOLE + b"noise" * 100,
    "packed whole": gzip.compress(b"".join(PLAIN)),
    "packed by twos": gzip.compress(PLAIN[0]) + gzip.compress(PLAIN[1] + PLAIN[3]) + gzip.compress(PLAIN[2]),
    "packed by twos, ours behind": gzip.compress(PLAIN[0]) + gzip.compress(PLAIN[2] + PLAIN[3]) + member(PLAIN[1]),
    "not packed": b"".join(PLAIN),
    "not packed, cut": b"".join(PLAIN)[:-100],
    "length too small": WHOLE[: STARTS[2]]
    + member(PLAIN[1].replace(b"Content-Length: 6", b"Content-Length: 5", 1))
    + WHOLE[STARTS[3] :],
    "length too large": WHOLE[: STARTS[2]]
    + member(PLAIN[1].replace(b"Content-Length: 6", b"Content-Length: 9", 1))
    + WHOLE[STARTS[3] :],
    "empty": b"",
    "no WARC": b"hello" * 100,
    "gzip of no WARC": gzip.compress(b"hello" * 100),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_scan_finds_what_the_strict_reader_finds(tmp_path: Path, data: bytes) -> None:
    path = write(tmp_path / "a.warc.gz", [data])

    assert sorted(keys(wanted_records(path, "a"))) == sorted(strictly(path))


def test_files_that_went_wrong_anywhere_are_read_alike(tmp_path: Path) -> None:
    chance = random.Random(14)  # noqa: S311 - the same ones each time
    path = tmp_path / "a.warc.gz"
    for _ in range(150):
        data = bytearray(WHOLE)
        for _ in range(chance.choice((1, 1, 2, 5))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        write(path, [bytes(data)])

        assert sorted(keys(wanted_records(path, "a"))) == sorted(strictly(path))


def test_bomb_ends_the_reading_of_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postarchive.foreign.bounds.FREE_BYTES", 1 << 20)
    path = write(
        tmp_path / "a.warc.gz", [member(foreign_record(1)), member(record("http://x.example/", bytes(20 << 20)))]
    )

    found = list(wanted_records(path, "a"))

    assert ["inflates to more than" in item.problem for item in found if isinstance(item, Damage)] == [True]


def test_arc_file_is_named_as_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc.gz", [gzip.compress(b"filedesc://a.arc 0.0.0.0 2008 text/plain 1\n")])

    (damage,) = wanted_records(path, "a")

    assert isinstance(damage, Damage)
    assert "an ARC file" in damage.problem


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (SEED, True),
        (f"<{SEED}>", True),
        (SEED.upper(), True),
        (SEED.replace("http:", "https:"), True),
        (SEED.replace(HOST, f"{HOST}:80"), True),
        (SEED.replace(HOST, f"{HOST}."), True),
        (SEED.replace(HOST, f"{HOST}.example.com"), False),
        (SEED.replace(HOST, f"www.example.com/{HOST}"), False),
        (SEED.replace(HOST, f"{HOST}@example.com"), False),
        ("http://[", False),
        ("", False),
        ("dns:english.chinapost.com.cn", False),
    ],
)
def test_scope_is_known_from_the_uri(uri: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert may_be_in_scope(uri) is expected


# --- which files ------------------------------------------------------------------------------------------------------


def test_files_are_named_by_path_folder_pattern_and_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.warc.gz", "b.warc", "in/c.warc.gz", "in/d.txt", "in/deep/e.WARC.GZ", "odd"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    (tmp_path / "more.txt").write_text("# mine\nodd\n\n  in/c.warc.gz  \nhttps://example.com/f.warc.gz\n")

    found = find_files(["a.warc.gz", "in", "*.warc", "more.txt", "./a.warc.gz", "http://example.com/g.warc.gz"])

    names = ["./a.warc.gz", "in/c.warc.gz", "in/deep/e.WARC.GZ", "b.warc", "odd"]
    assert [source.name for source in found if not source.is_remote] == names
    assert [source.name for source in found if source.is_remote] == [
        "https://example.com/f.warc.gz",
        "http://example.com/g.warc.gz",
    ]


@pytest.mark.parametrize("name", ["gone.warc.gz", "*.warc.gz", "a\nb", "."])
def test_name_that_leads_to_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UnreadableInput):
        find_files([name])


@pytest.mark.parametrize("name", ["file:///etc/passwd", "ftp://example.com/a", "memory://a", "simplecache::s3://a"])
def test_no_other_address_is_read(name: str) -> None:
    with pytest.raises((UsageError, UnreadableInput)):
        find_files([name])


@pytest.mark.parametrize(
    "name", ["../../etc/a.warc.gz", "/", "_done", ".hidden", "a/../..", "x" * 5000, "\udcff.warc.gz"]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    path = part_path(tmp_path, BulkSource(name, f"https://example.com/{name}"))

    assert path.parent == tmp_path
    assert path.name[0] not in "._"
    assert len(path.name) < 120


def test_fifo_is_not_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.warc.gz")

    report = one_report(tmp_path / "a.warc.gz", tmp_path / "out")

    assert "FIFO" in (report.failure or "")


# --- read again, or not -----------------------------------------------------------------------------------------------


def test_file_that_was_read_is_not_read_again_until_it_changes(tmp_path: Path) -> None:
    path, out = write(tmp_path / "a.warc.gz", members_of(8450, 1)), tmp_path / "out"
    source = BulkSource("a.warc.gz", str(path))
    report = one_report(path, out)
    known = find_report(out, source)
    assert known is not None
    assert (known.pages, known.was_done, known.size_bytes) == (report.pages, True, path.stat().st_size)

    write(path, members_of(8450, 2))

    assert find_report(out, source) is None


def test_file_is_read_again_when_its_part_is_gone(tmp_path: Path) -> None:
    path, out = write(tmp_path / "a.warc.gz", members_of(8450, 1)), tmp_path / "out"
    one_report(path, out)

    next(out.glob("*.parquet")).unlink()

    assert find_report(out, BulkSource("a.warc.gz", str(path))) is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"stamp": 1}', "[" * 100_000])
def test_invalid_report_is_made_again(tmp_path: Path, text: str) -> None:
    path, out = write(tmp_path / "a.warc.gz", members_of(8450, 1)), tmp_path / "out"
    one_report(path, out)

    next((out / "_done").iterdir()).write_text(text)

    assert find_report(out, BulkSource("a.warc.gz", str(path))) is None


def test_full_disk_is_reported_as_such(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc.gz", members_of(8450, 1))
    (tmp_path / "out").write_bytes(b"a file, no folder")

    assert isinstance(convert(BulkSource("a", str(path)), tmp_path / "out", NOW), Unwritable)


# --- workers ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running() -> Iterator[Workers]:
    """Run a cluster of one worker that somebody else has started."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 8787 is the port of any other cluster on this machine too
        with (
            dask.config.set(cluster_module.SETTINGS),
            LocalCluster(n_workers=1, dashboard_address=None, host="127.0.0.1") as cluster,
        ):
            yield Workers(scheduler=cluster.scheduler_address)


def test_dataset_is_the_same_on_one_worker_and_on_two(tmp_path: Path, running: Workers) -> None:
    paths = write_warcs(tmp_path / "crawls", 16)
    left = tmp_path / "2" / f".{part_path(tmp_path, find_files([str(paths[0])])[0]).name}.0123abcd.part"
    left.parent.mkdir()
    left.write_bytes(b"of a run that was killed")
    damaged = paths[7].read_bytes()
    write(paths[7], [flipped(damaged, len(damaged) // 2)])
    sources = find_files([str(tmp_path / "crawls")])

    workers = {1: running, 2: Workers(2)}
    reports = {count: list(convert_all(sources, tmp_path / str(count), workers[count], now=NOW)) for count in (1, 2)}

    assert not left.exists()
    assert len(contents(tmp_path / "1")) == 16
    assert contents(tmp_path / "1") == contents(tmp_path / "2")
    told = [damage for report in reports[2] for damage in report.damages]
    assert [damage.file for damage in told] == [str(paths[7])]
    assert 47 <= len(rows(tmp_path / "2")) <= 48
    again = list(convert_all(sources, tmp_path / "2", Workers(2), now=NOW))
    assert [report.was_done for report in again] == [True] * 16
    assert {report.name for report in again if report.damages} == {str(paths[7])}


def test_worker_that_is_killed_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_warcs(tmp_path / "crawls", 12, pages=40)
    sources = find_files([str(tmp_path / "crawls")])
    clusters: list[LocalCluster] = []
    real = cluster_module.local_cluster

    def watched(workers: Workers) -> LocalCluster:
        clusters.append(real(workers))
        return clusters[-1]

    monkeypatch.setattr(cluster_module, "local_cluster", watched)
    reports = convert_all(sources, tmp_path / "out", Workers(2), now=NOW)
    found = [next(reports)]

    first, second = (worker.pid for worker in clusters[0].workers.values())
    os.kill(first, signal.SIGKILL)
    found += reports

    assert [report.failure for report in found] == [None] * 12
    assert sum(report.pages for report in found) == len(rows(tmp_path / "out")) == 480
    assert list((tmp_path / "out").glob(".*")) == []
    assert [pid for pid in (first, second) if is_there(pid)] == []


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_existing_cluster_is_used(tmp_path: Path, running: Workers) -> None:
    write_warcs(tmp_path / "crawls", 2)

    reports = list(convert_all(find_files([str(tmp_path / "crawls")]), tmp_path / "out", running, now=NOW))

    assert [report.pages for report in reports] == [3, 3]


def test_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc.gz", [])

    with pytest.raises(ArchiveUnwritable):
        list(convert_all(find_files([str(path)]), path / "out", Workers(1), now=NOW))


# --- the command ------------------------------------------------------------------------------------------------------


def test_command_reports_what_it_wrote_and_what_is_damaged(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc.gz", [WHOLE[:-60]])
    out = tmp_path / "out"

    first, second = (postarchive("bulk", path, "-o", out, "--workers", "1") for _ in range(2))

    assert (first.returncode, first.stdout) == (3, "")
    assert f"DAMAGED   {path}@{STARTS[-1]}  gzip member is not whole: the file ends inside it\n" in first.stderr
    assert f"1 file: 2 pages in {out}; 1 damaged record skipped.\n" in first.stderr
    assert "1 file already read" in second.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["gone.warc.gz", "-o", "out"], 65, "gone.warc.gz: does not exist"),
        (["ftp://example.com/a", "-o", "out"], 2, "ftp:// cannot be read"),
        (["a", "-o", "out", "--scheduler", "tcp://127.0.0.1:1", "--workers", "2"], 2, "--workers"),
        (["a"], 2, "-o"),
    ],
)
def test_command_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)

    done = postarchive("bulk", *arguments)

    assert (done.returncode, said in done.stderr) == (code, True)
    assert "Traceback" not in done.stderr


def test_silent_scheduler_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "PATIENCE_SECONDS", 0.5)
    path = write(tmp_path / "a.warc.gz", members_of(8450, 1))

    done = postarchive("bulk", path, "-o", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:1")

    assert (done.returncode, "no Dask scheduler responds there" in done.stderr) == (69, True)


def test_missing_extra_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "distributed" else real(name))

    done = postarchive("bulk", "a.warc.gz", "-o", tmp_path)

    assert done.returncode == 2
    assert done.stderr == ("postarchive: bulk: needs distributed; install with: pip install 'postarchive[bulk]'\n")


def test_others_read_the_dataset_as_one_table(tmp_path: Path) -> None:
    for path in write_warcs(tmp_path / "crawls", 3):
        one_report(path, tmp_path / "out")

    sql = f"SELECT count(*), count(DISTINCT file) FROM '{tmp_path}/out/*.parquet'"  # noqa: S608 - our own folder
    assert duckdb.execute(sql).fetchall() == [(9, 3)]
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(tmp_path / "out")
    assert (len(frame), sorted(frame["file"].unique())) == (9, [f"crawl-00{number}.warc.gz" for number in range(3)])


def test_report_is_plain_json(tmp_path: Path) -> None:
    one_report(write(tmp_path / "a.warc.gz", [WHOLE[:-60]]), tmp_path / "out")

    (path,) = (tmp_path / "out" / "_done").iterdir()
    told = json.loads(path.read_text())

    assert (told["file"], told["pages"], told["damages"][0]["offset"]) == ("a.warc.gz", 2, STARTS[-1])
