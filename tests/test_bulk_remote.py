"""WARC files at an address, `https://` and `s3://`, are read as if they lay on the disk, and what fails is one line.

The tests of `s3://` need s3fs (the extra `s3`), which holds other libraries to old releases: they are skipped where it
is not installed.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import fsspec
import pyarrow.parquet as pq
import pytest

from archiving import PROXY_VARIABLES
from bulkwarc import members_of, write
from commands import postarchive
from fakes3 import DENIED, FakeS3, playing
from postarchive.bulk import remote
from postarchive.bulk.reports import PartReport, find_report
from postarchive.bulk.sources import BulkSource, find_files
from postarchive.bulk.task import convert
from postarchive.errors import UsageError

NOW = datetime(2026, 5, 6, tzinfo=UTC)
MEMBERS = members_of(8450, 3, others=2)
WHOLE = b"".join(MEMBERS)
STARTS = [len(b"".join(MEMBERS[:number])) for number in range(len(MEMBERS))]
KEYS = ("a.warc.gz", "in/b.warc", "in/c d+\xe9.warc.gz", "in/deep/e.WARC.GZ", "in/deep/x.txt", "in.warc.gz")
NEEDS_S3FS = pytest.mark.skipif(find_spec("s3fs") is None, reason="s3fs is not installed")


def rows(folder: Path) -> list[dict[str, object]]:
    """Return all rows of a dataset in order."""
    found = pq.read_table(folder).to_pylist()
    return sorted(found, key=lambda row: (str(row["file"]), row["offset"]))


def converted(address: str, folder: Path) -> PartReport:
    """Convert the file at an address in this process and return the report on it."""
    (folder / "_done").mkdir(parents=True, exist_ok=True)
    report = convert(BulkSource(address, address), folder, NOW)
    assert isinstance(report, PartReport)
    return report


# --- https ------------------------------------------------------------------------------------------------------------


class Redirecting(BaseHTTPRequestHandler):
    """Sends everybody to a private address."""

    def do_GET(self) -> None:
        """Send them there."""
        self.send_response(302)
        self.send_header("Location", "http://127.0.0.2:9/a.warc.gz")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815 - the name is given

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Packing(SimpleHTTPRequestHandler):
    """Says of a packed file that the wire has packed it, as some servers do."""

    def end_headers(self) -> None:
        """Say so."""
        self.send_header("Content-Encoding", "gzip")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Serving(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(handler: type[BaseHTTPRequestHandler] | partial[Serving]) -> Iterator[str]:
    """Serve on the loopback address; yield the base of addresses."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PROXY_VARIABLES, "http_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("direct")
def test_file_at_an_address_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a.warc.gz", members_of(8450, 2))
    (tmp_path / "out" / "_done").mkdir(parents=True)

    with served(partial(Serving, directory=str(tmp_path))) as base:
        source = BulkSource(f"{base}/a.warc.gz", f"{base}/a.warc.gz")
        report = convert(source, tmp_path / "out", NOW)
        gone = convert(BulkSource(f"{base}/b.warc.gz", f"{base}/b.warc.gz"), tmp_path / "out", NOW)

    assert isinstance(report, PartReport)
    assert isinstance(gone, PartReport)
    assert (report.pages, report.failure) == (2, None)
    assert {row["file"] for row in rows(tmp_path / "out")} == {source.name}
    assert find_report(tmp_path / "out", source) is not None
    assert "cannot be fetched" in (gone.failure or "")


@pytest.mark.usefixtures("direct")
def test_file_is_taken_as_it_is_whatever_the_server_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.warc.gz", [WHOLE])
    (tmp_path / "out" / "_done").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    with served(Packing) as base:
        convert(BulkSource("a", f"{base}/a.warc.gz"), tmp_path / "out", NOW)

    assert [row["offset"] for row in rows(tmp_path / "out")] == STARTS[2::3]


@pytest.mark.usefixtures("direct")
def test_file_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.warc.gz", [WHOLE])
    (tmp_path / "out" / "_done").mkdir(parents=True)
    monkeypatch.setattr(remote, "MAX_BYTES", len(WHOLE) - 1)

    with served(partial(Serving, directory=str(tmp_path))) as base:
        report = convert(BulkSource("a", f"{base}/a.warc.gz"), tmp_path / "out", NOW)

    assert isinstance(report, PartReport)
    assert "larger than" in (report.failure or "")


@pytest.mark.usefixtures("direct")
def test_server_cannot_send_us_into_a_private_network(tmp_path: Path) -> None:
    (tmp_path / "_done").mkdir()

    with served(Redirecting) as base:
        report = convert(BulkSource("a", f"{base}/a.warc.gz"), tmp_path, NOW)

    assert isinstance(report, PartReport)
    assert "redirects to 127.0.0.2" in (report.failure or "")


class Cutting(BaseHTTPRequestHandler):
    """Ends each reply in its middle, although it announced its length."""

    def do_GET(self) -> None:
        """Send a half."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(WHOLE)))
        self.end_headers()
        self.wfile.write(WHOLE[: len(WHOLE) // 2])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.usefixtures("direct")
def test_half_a_file_is_reported_and_requested_again(tmp_path: Path) -> None:
    with served(Cutting) as base:
        report = converted(f"{base}/a.warc.gz", tmp_path)

    assert "cannot be fetched" in (report.failure or "")
    assert list(tmp_path.glob("*.parquet")) == list((tmp_path / "_done").iterdir()) == []


# --- s3 ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def buckets() -> Iterator[FakeS3]:
    with playing({"pool": dict.fromkeys(KEYS, WHOLE), "empty": {"x.txt": b""}}) as server:
        forget_s3()
        yield server
        forget_s3()


def forget_s3() -> None:
    """Let fsspec make its file system anew, which reads the environment and takes longer than most tests."""
    fsspec.get_filesystem_class("s3").clear_instance_cache()


@pytest.fixture
def s3(direct: None, buckets: FakeS3, monkeypatch: pytest.MonkeyPatch) -> FakeS3:  # noqa: ARG001 - no proxy between
    for name, value in (("ACCESS_KEY_ID", "MINE"), ("SECRET_ACCESS_KEY", "x"), ("ENDPOINT_URL", buckets.url)):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    buckets.credentials.clear()
    return buckets


@NEEDS_S3FS
def test_file_of_a_bucket_is_read_with_the_settings_of_the_environment(tmp_path: Path, s3: FakeS3) -> None:
    s3.cuts = 1

    report = converted("s3://pool/in/c d+\xe9.warc.gz", tmp_path)

    assert (report.pages, report.failure) == (3, None)
    assert [row["offset"] for row in rows(tmp_path)] == STARTS[2::3]
    assert s3.credentials == {"MINE"}


@NEEDS_S3FS
@pytest.mark.usefixtures("s3")
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("s3://pool/a.warc.gz", KEYS[:1]),
        ("s3://pool", (*KEYS[:1], *KEYS[5:], *KEYS[1:4])),
        ("s3://pool/in/", KEYS[1:4]),
        ("S3://pool/in/*.warc.gz", KEYS[2:3]),
        ("s3://pool/i*", (*KEYS[5:], *KEYS[1:4])),
    ],
)
def test_bucket_prefix_and_pattern_mean_the_files_in_them(name: str, keys: tuple[str, ...]) -> None:
    assert [source.place for source in find_files([name])] == [f"s3://pool/{key}" for key in keys]


@NEEDS_S3FS
@pytest.mark.usefixtures("s3")
@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("s3://gone/in/", "cannot be fetched: it is NoSuchBucket"),
        ("s3://gone/*", "matches no file"),
        ("s3://empty", "contains no WARC file"),
        (
            f"s3://{DENIED}/",
            "cannot be fetched: it is AccessDenied; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or",
        ),
    ],
)
def test_empty_bucket_is_reported_in_one_line(tmp_path: Path, name: str, problem: str) -> None:
    done = postarchive("bulk", name, "-o", tmp_path / "out")

    assert done.returncode == 65
    assert done.stderr.startswith(f"postarchive: {name}: {problem}")
    assert done.stderr.count("\n") == 1


@NEEDS_S3FS
@pytest.mark.usefixtures("s3")
@pytest.mark.parametrize(
    ("place", "problem"),
    [("pool/z", "it is NoSuchKey"), ("gone/z", "it is NoSuchBucket"), (f"{DENIED}/z", "it is AccessDenied; set AWS_")],
)
def test_file_that_a_bucket_refuses_is_reported(tmp_path: Path, place: str, problem: str) -> None:
    failure = converted(f"s3://{place}.warc.gz", tmp_path).failure or ""

    assert failure.startswith(f"cannot be fetched: {problem}")
    assert "\n" not in failure


@NEEDS_S3FS
@pytest.mark.usefixtures("s3")
def test_missing_credentials_are_reported_with_where_they_come_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("HOME", str(tmp_path))
    forget_s3()

    assert "FSSPEC_S3_ANON=true" in (converted("s3://pool/a.warc.gz", tmp_path).failure or "")
    forget_s3()


def test_missing_library_is_reported_before_anything_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "find_spec", lambda _: None)

    with pytest.raises(UsageError, match=r"pip install 'postarchive\[bulk,s3\]'"):
        find_files(["s3://bucket/a.warc.gz"])
    assert list(tmp_path.iterdir()) == []


def test_worker_without_the_library_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(vars(sys.modules["fsspec.registry"])["_registry"], "s3", raising=False)

    assert "pip install 'postarchive[bulk,s3]'" in (converted("s3://bucket/a.warc.gz", tmp_path).failure or "")
