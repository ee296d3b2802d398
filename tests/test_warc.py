"""The evidence: what is written comes back equal, others can read it, and whatever is not whole is refused."""

import gzip
import hashlib
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from checking import checked
from postarchive.errors import ArchiveUnwritable, DamagedRecord, UnreadableInput
from postarchive.models import Capture, Event, Evidence, Exchange, Problem, RunEnded, RunStarted
from postarchive.warc import (
    Aside,
    Before,
    Original,
    WarcWriter,
    cut_torn_tail,
    last_manifest,
    manifest_in,
    read_block,
    read_capture,
    read_events,
    read_manifest,
    records,
    warc_files,
    whole_until,
)

NOTHING = Before()
NOON = datetime(2024, 5, 6, 12, 0, 0, 123456, tzinfo=UTC)
STARTED = RunStarted("20240506T120000", NOON, (("delay", "2"), ("note", "50 % off\r\nrun: x")))
ENDED = RunEnded(STARTED.run, NOON + timedelta(hours=1), (("NEW", "2"), ("requests", "3")))
PROBLEM = Problem("http://english.chinapost.com.cn/x y\x01", NOON, "FAILED", "reset\r\nby peer, 100 %, é")
URL = "http://english.chinapost.com.cn/html1/report/2304/8456-1.htm"
PAGE = Capture(
    url=URL,
    time=NOON + timedelta(seconds=2, microseconds=7),
    status=200,
    headers=(("Content-Type", "text/html"), ("ETag", "E95AE5D074FFC0026BEB20217A5FEFBE")),
    body=b"<html>\r\n\r\nNew stamps\r\n\r\n</html>",
    reason="OK",
)
REQUEST = b"GET /html1/report/2304/8456-1.htm HTTP/1.1\r\nhost:english.chinapost.com.cn\r\nAccept:  text/html\r\n\r\n"


@dataclass(frozen=True)
class Written:
    """A file that a run wrote: where, and the evidence of each response, problem and the end."""

    archive: Path
    file: str
    evidence: tuple[Evidence, ...]

    @property
    def path(self) -> Path:
        """Return where the file is."""
        return self.archive / self.file


def exchange(capture: Capture) -> Exchange:
    return Exchange(REQUEST, capture)


def no_body(record_id: str) -> bytes:
    raise AssertionError(record_id)


@contextmanager
def writing(archive: Path, before: Before = NOTHING) -> Iterator[WarcWriter]:
    numbers = count(1)
    writer = WarcWriter.create(
        archive,
        STARTED,
        new_id=lambda: f"00000000-0000-4000-8000-{next(numbers):012}",
        before=before,
    )
    try:
        yield writer
    finally:
        writer.close()


def write(archive: Path, *captures: Capture) -> Written:
    with writing(archive) as writer:
        evidence = [writer.append(exchange(capture)) for capture in captures]
    return Written(archive, writer.file, tuple(evidence))


def events(written: Written) -> list[tuple[Event, Evidence]]:
    return list(read_events(written.archive, written.file, body_of=no_body))


def original(capture: Capture, evidence: Evidence) -> Original:
    return Original(evidence.record_id, capture.url, capture.time, evidence.payload_digest)


@pytest.fixture
def whole_run(tmp_path: Path) -> Written:
    """Write a run with every kind of record: a response, both revisits, a problem, the end."""
    with writing(tmp_path) as writer:
        first = writer.append(exchange(PAGE))
        same = writer.append(exchange(PAGE), revisit_of=original(PAGE, first))
        unmodified = writer.append(exchange(not_modified()), revisit_of=original(PAGE, first))
        problem = writer.append_problem(PROBLEM)
        ended = writer.end(ENDED)
    return Written(tmp_path, writer.file, (writer.started, first, same, unmodified, problem, ended))


def not_modified() -> Capture:
    return replace(PAGE, status=304, reason="Not Modified", headers=(("ETag", "E95A"),), body=b"")


def test_events_read_back_equal_the_live_ones(whole_run: Written) -> None:
    read = list(read_events(whole_run.archive, whole_run.file, body_of=lambda _: PAGE.body))

    assert [event for event, _ in read] == [STARTED, PAGE, PAGE, not_modified(), PROBLEM, ENDED]
    assert tuple(evidence for _, evidence in read) == whole_run.evidence


def test_reading_can_start_at_a_record(whole_run: Written) -> None:
    start = whole_run.evidence[4].offset

    read = read_events(whole_run.archive, whole_run.file, start=start, body_of=no_body)

    assert [event for event, _ in read] == [PROBLEM, ENDED]


@pytest.mark.parametrize(
    "capture",
    [
        pytest.param(replace(PAGE, body=gzip.compress(b"x" * 500)), id="gzip body"),
        pytest.param(replace(PAGE, body=b""), id="empty body"),
        pytest.param(replace(PAGE, body=bytes(range(256)) * 20_000), id="5 MB body"),
        pytest.param(replace(PAGE, headers=()), id="no headers"),
        pytest.param(
            replace(PAGE, headers=(("Set-Cookie", "a=1"), ("Via", "x"), ("set-cookie", "b=2"))), id="repeated"
        ),
        pytest.param(replace(PAGE, headers=(("X-Title", "ä½\xa0\x85 é"), ("X-Empty", ""))), id="non-ASCII header"),
        pytest.param(replace(PAGE, status=404, reason=""), id="no reason"),
        pytest.param(replace(PAGE, status=404, reason="Não Encontrado"), id="non-ASCII reason"),
        pytest.param(replace(PAGE, url=URL + "?q=邮票 x"), id="non-ASCII URL"),
        pytest.param(replace(PAGE, status=304), id="304 to no known page"),
    ],
)
def test_capture_survives_the_file(tmp_path: Path, capture: Capture) -> None:
    written = write(tmp_path, capture)

    read = read_capture(tmp_path, written.evidence[0], body_of=no_body)

    assert read == capture


def test_line_breaks_cannot_enter_through_a_header(tmp_path: Path) -> None:
    folded = replace(PAGE, headers=(("X-Folded", "one\r\n two"), ("X-Break", "a\r\nContent-Length: 0\r\n\r\nb")))

    written = write(tmp_path, folded)

    read = read_capture(tmp_path, written.evidence[0], body_of=no_body)
    assert read.headers == (("X-Folded", "one two"), ("X-Break", "a Content-Length: 0 b"))


def test_text_beyond_latin_1_is_kept_as_utf_8(tmp_path: Path) -> None:
    written = write(tmp_path, replace(PAGE, headers=(("X-Title", "邮票"),)))

    assert "X-Title: 邮票\r\n".encode() in read_block(tmp_path, written.evidence[0])


def test_response_without_a_head_is_given_one(tmp_path: Path) -> None:
    written = write(tmp_path, replace(PAGE, headers=(("sErVeR", "x"),), body=b"body"))

    assert read_block(tmp_path, written.evidence[0]) == b"HTTP/1.1 200 OK\r\nsErVeR: x\r\n\r\nbody"


def test_evidence_is_one_gzip_member(whole_run: Written) -> None:
    data = whole_run.path.read_bytes()

    contents = [gzip.decompress(data[part.offset : part.offset + part.length_bytes]) for part in whole_run.evidence]

    ids = [f"WARC-Record-ID: <{part.record_id}>".encode() for part in whole_run.evidence]
    assert all(content.count(b"WARC/1.1\r\n") == 1 for content in contents)
    assert all(record_id in content for record_id, content in zip(ids, contents, strict=True))


def test_revisit_repeats_the_digest_but_not_the_body(whole_run: Written) -> None:
    _, first, same, unmodified, *_ = whole_run.evidence

    assert read_block(whole_run.archive, same).endswith(b"\r\n\r\n")
    assert {first.payload_digest, same.payload_digest, unmodified.payload_digest} == {first.payload_digest}


def test_other_body_is_stored_in_full_even_when_a_revisit_was_expected(tmp_path: Path) -> None:
    changed = replace(PAGE, body=b"changed")
    with writing(tmp_path) as writer:
        first = writer.append(exchange(PAGE))
        second = writer.append(exchange(changed), revisit_of=original(PAGE, first))

    assert read_capture(tmp_path, second, body_of=no_body) == changed


def test_wrong_body_for_a_revisit_is_refused(whole_run: Written) -> None:
    with pytest.raises(DamagedRecord, match="payload digest"):
        read_capture(whole_run.archive, whole_run.evidence[2], body_of=lambda _: b"another")


def test_revisit_needs_the_body_of_the_original(whole_run: Written) -> None:
    asked: list[str] = []

    def body_of(record_id: str) -> bytes:
        asked.append(record_id)
        return PAGE.body

    read_capture(whole_run.archive, whole_run.evidence[2], body_of=body_of)

    assert asked == [whole_run.evidence[1].record_id]


def test_warcio_reads_every_record_with_its_digest(whole_run: Written) -> None:
    with whole_run.path.open("rb") as stream:
        checked = ArchiveIterator(stream, check_digests="raise")
        read = [(record.rec_type, record.content_stream().read(), record) for record in checked]

    assert [kind for kind, _, _ in read] == [
        "warcinfo", "request", "response", "request", "revisit", "request", "revisit", "metadata", "metadata"
    ]  # fmt: skip
    assert all(record.digest_checker.passed for kind, _, record in read if kind != "revisit")
    assert read[2][1] == PAGE.body


def test_fastwarc_reads_every_record_with_its_digest(whole_run: Written) -> None:
    with whole_run.path.open("rb") as stream:
        verdicts = [record.verify_block_digest() for record in FastIterator(stream, parse_http=False)]

    assert verdicts == [True] * 9


@pytest.mark.parametrize("command", ["warcio check", "fastwarc check -q", "fastwarc check -p -q"])
def test_check_commands_of_others_accept_every_kind_of_record(whole_run: Written, command: str) -> None:
    done = checked(command, whole_run.path)

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("command", ["warcio check", "fastwarc check -q"])
def test_check_commands_of_others_refuse_a_file_whose_page_was_edited(
    whole_run: Written, tmp_path: Path, command: str
) -> None:
    edited = tmp_path / "edited.warc"
    edited.write_bytes(gzip.decompress(whole_run.path.read_bytes()).replace(b"New stamps", b"Old stamps"))

    assert checked(command, edited).returncode != 0


def test_request_is_kept_as_it_was_sent_beside_its_response(tmp_path: Path) -> None:
    written = write(tmp_path, replace(PAGE, url=URL + "?q=邮票"))

    with written.path.open("rb") as stream:
        request = next(
            record for record in ArchiveIterator(stream, no_record_parse=True) if record.rec_type == "request"
        )
        block = request.content_stream().read()

    assert request.rec_headers.get_header("WARC-Concurrent-To") == f"<{written.evidence[0].record_id}>"
    assert block == REQUEST


def test_file_cut_anywhere_in_its_last_record_is_refused(whole_run: Written) -> None:
    data, last = whole_run.path.read_bytes(), whole_run.evidence[-1]

    for end in range(last.offset + 1, len(data)):
        whole_run.path.write_bytes(data[:end])
        with pytest.raises(DamagedRecord) as raised:
            list(read_events(whole_run.archive, whole_run.file, start=last.offset, body_of=no_body))
        assert raised.value.offset == last.offset
        assert whole_until(whole_run.path) == last.offset


def test_flipped_byte_is_refused_or_without_effect(tmp_path: Path) -> None:
    """The only bytes without effect: six of a gzip header (time, flags, system), and the last one's padding bits."""
    written = write(tmp_path, PAGE, replace(PAGE, body=b"second"))
    data, live = written.path.read_bytes(), events(written)

    harmless = [position for position in range(len(data)) if _reads_with_flip(written, data, position) == live]

    member_count = 5
    assert len(harmless) <= 7 * member_count


def _reads_with_flip(written: Written, data: bytes, position: int) -> list[tuple[Event, Evidence]] | None:
    """Return what is read when one byte is wrong; None when it was refused."""
    written.path.write_bytes(data[:position] + bytes([data[position] ^ 0x10]) + data[position + 1 :])
    try:
        read = events(written)
    except DamagedRecord:
        return None
    assert [event for event, _ in read] == [STARTED, PAGE, replace(PAGE, body=b"second")]
    return read


def repack(written: Written, evidence: Evidence, old: bytes, new: bytes) -> None:
    """Forge a record so that its gzip member is whole again."""
    data = written.path.read_bytes()
    end = evidence.offset + evidence.length_bytes
    content = gzip.decompress(data[evidence.offset : end])
    assert old in content
    written.path.write_bytes(data[: evidence.offset] + gzip.compress(content.replace(old, new)) + data[end:])


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        pytest.param(b"New stamps", b"Old stamps", "block digest", id="other body"),
        pytest.param(b"New stamps", b"New  stamps", "Content-Length", id="longer body"),
        pytest.param(b"WARC/1.1", b"WARC/9.9", "no WARC/1.1", id="other version"),
        pytest.param(b"WARC-Block-Digest", b"WARC-Block-Digits", "no WARC-Block-Digest", id="no block digest"),
        pytest.param(b"WARC-Payload-Digest: sha256:", b"WARC-Payload-Digest: sha256:A", "payload digest", id="payload"),
        pytest.param(b"WARC-Type: response", b"WARC-Type: resource", "unexpected resource type", id="other type"),
        pytest.param(b"WARC-Date: 2024", b"WARC-Date: year", "WARC-Date", id="no date"),
    ],
)
def test_forged_record_is_refused(tmp_path: Path, old: bytes, new: bytes, problem: str) -> None:
    written = write(tmp_path, PAGE)
    repack(written, written.evidence[0], old, new)

    with pytest.raises(DamagedRecord, match=problem):
        events(written)


def test_record_larger_than_the_limit_is_refused(tmp_path: Path) -> None:
    written = write(tmp_path, PAGE)
    written.path.write_bytes(gzip.compress(bytes(40 << 20), compresslevel=1))

    with pytest.raises(DamagedRecord, match="more than"):
        events(written)


def test_evidence_that_points_elsewhere_is_refused(tmp_path: Path) -> None:
    written = write(tmp_path, PAGE, PAGE)

    with pytest.raises(DamagedRecord, match="is not there"):
        read_block(tmp_path, replace(written.evidence[0], offset=written.evidence[1].offset))


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="gone"):
        list(read_events(tmp_path, "warc/2024/gone.warc.gz", body_of=no_body))


def test_torn_tail_is_moved_aside(whole_run: Written) -> None:
    data, last = whole_run.path.read_bytes(), whole_run.evidence[-1]
    whole_run.path.write_bytes(data[:-5])

    torn = cut_torn_tail(whole_run.path)

    assert torn is not None
    assert torn.name == whole_run.path.name + ".torn"
    assert (whole_run.path.read_bytes(), torn.read_bytes()) == (data[: last.offset], data[last.offset : -5])


def test_zeros_after_a_power_cut_are_moved_aside(tmp_path: Path) -> None:
    written = write(tmp_path, PAGE)
    data = written.path.read_bytes()
    written.path.write_bytes(data + bytes(4096))

    torn = cut_torn_tail(written.path)

    assert torn is not None
    assert written.path.read_bytes() == data


def test_second_torn_tail_does_not_overwrite_the_first(tmp_path: Path) -> None:
    written = write(tmp_path, PAGE)
    data = written.path.read_bytes()

    tails = [gzip.compress(b"WARC/1.1 first")[:12], gzip.compress(b"WARC/1.1 second")[:14]]
    for tail in tails:
        written.path.write_bytes(data + tail)
        cut_torn_tail(written.path)

    kept = sorted(written.path.parent.glob("*.torn*"))
    assert [path.read_bytes() for path in kept] == tails


def test_end_longer_than_any_record_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postarchive.warc.tail.MAX_RECORD_BYTES", 1000)  # so that a bomb takes no time
    written = write(tmp_path, PAGE)
    written.path.write_bytes(written.path.read_bytes() + gzip.compress(bytes(100_000))[:-5])

    with pytest.raises(DamagedRecord, match="damaged"):
        cut_torn_tail(written.path)


def test_whole_file_is_left_alone(whole_run: Written) -> None:
    data = whole_run.path.read_bytes()

    assert cut_torn_tail(whole_run.path) is None
    assert whole_run.path.read_bytes() == data


@pytest.mark.parametrize("length", [0, 40])
def test_file_without_a_whole_record_is_moved_wholly(tmp_path: Path, length: int) -> None:
    written = write(tmp_path, PAGE)
    data = written.path.read_bytes()[:length]
    written.path.write_bytes(data)

    torn = cut_torn_tail(written.path)

    assert torn is not None
    assert torn.read_bytes() == data
    assert warc_files(tmp_path) == []


def test_damage_in_the_middle_is_not_a_torn_tail(tmp_path: Path) -> None:
    written = write(tmp_path, PAGE, PAGE)
    data = bytearray(written.path.read_bytes())
    data[written.evidence[0].offset + 40] ^= 0xFF
    written.path.write_bytes(data)

    with pytest.raises(DamagedRecord):
        cut_torn_tail(written.path)

    assert written.path.read_bytes() == bytes(data)


def test_response_torn_off_its_request_leaves_no_event(tmp_path: Path) -> None:
    written = write(tmp_path, PAGE)
    written.path.write_bytes(written.path.read_bytes()[:-1])

    cut_torn_tail(written.path)

    assert [event for event, _ in events(written)] == [STARTED]


@contextmanager
def disk_of(size_bytes: int) -> Iterator[None]:
    """Let the kernel refuse to grow any file beyond this size, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_full_disk_leaves_the_file_whole(tmp_path: Path) -> None:
    with writing(tmp_path) as writer:
        path = tmp_path / writer.file
        before = path.read_bytes()
        with disk_of(len(before) + 300), pytest.raises(ArchiveUnwritable, match="free some space and run again"):
            writer.append(exchange(PAGE))
        refused = path.read_bytes()
        evidence = writer.append(exchange(PAGE))

    assert refused == before
    assert read_capture(tmp_path, evidence, body_of=no_body) == PAGE


def test_disk_full_from_the_start_leaves_no_file(tmp_path: Path) -> None:
    with disk_of(10), pytest.raises(ArchiveUnwritable), writing(tmp_path):
        pass

    assert warc_files(tmp_path) == []


def test_run_never_overwrites_a_file(tmp_path: Path) -> None:
    written = write(tmp_path, PAGE)
    before = written.path.read_bytes()

    with pytest.raises(ArchiveUnwritable, match="run again"), writing(tmp_path):
        pass

    assert written.path.read_bytes() == before


def test_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "warc").write_text("")

    with pytest.raises(ArchiveUnwritable, match="choose another --archive"), writing(tmp_path):
        pass


def test_body_that_could_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    with writing(tmp_path) as writer, pytest.raises(ValueError, match="could not be read back"):
        writer.append(exchange(replace(PAGE, body=bytes((32 << 20) + 1))))


def test_manifest_chains_the_runs(tmp_path: Path) -> None:
    before = Before("ab" * 32, "cd" * 32, (Aside("warc/2025/x.warc.gz.torn", 7, "ef" * 32),))
    with writing(tmp_path, before) as writer:
        writer.append(exchange(PAGE))
        ended = writer.end(ENDED)

    manifest = read_manifest(tmp_path, writer.file)

    assert manifest is not None
    assert Before(manifest.previous, manifest.previous_records, manifest.torn) == before
    assert (manifest.file, manifest.length_bytes) == (writer.file, ended.offset)
    assert last_manifest(tmp_path, writer.file) == manifest.digest


def test_manifest_is_the_digest_of_all_lines_above_it(whole_run: Written) -> None:
    *_, closing = records(whole_run.archive, whole_run.file)
    manifest = manifest_in(closing)

    assert manifest is not None
    lines = closing.block.removesuffix(b"manifest: " + manifest.digest.encode() + b"\r\n")
    assert len(lines) == len(closing.block) - 76
    assert manifest.digest == hashlib.sha256(lines).hexdigest()


def test_manifest_names_the_digest_of_the_bytes_before_it(whole_run: Written) -> None:

    manifest = read_manifest(whole_run.archive, whole_run.file)

    assert manifest is not None
    before = whole_run.path.read_bytes()[: manifest.length_bytes]
    assert manifest.sha256_hex == hashlib.sha256(before).hexdigest()


def test_run_that_was_cut_off_has_no_manifest(tmp_path: Path) -> None:
    written = write(tmp_path, PAGE)

    assert last_manifest(tmp_path, written.file) is None


def test_files_are_listed_by_time(tmp_path: Path) -> None:
    for name in ("2024/b", "2023/c", "2024/a"):
        path = tmp_path / "warc" / f"{name}.warc.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    (tmp_path / "warc/2024/a.warc.gz.torn").write_bytes(b"")

    assert warc_files(tmp_path) == ["warc/2023/c.warc.gz", "warc/2024/a.warc.gz", "warc/2024/b.warc.gz"]
