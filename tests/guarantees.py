"""The tamper table of `docs/guarantees.md`: what is done to an archive, what two verifiers say, and what that means.

Each kind of tampering is a function on a copy of one small archive; `postarchive verify` and the stand-alone verifier
both look at what it leaves. The table is what they said, without what differs from machine to machine.
"""

import hashlib
import re
import runpy
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from io import StringIO
from itertools import count
from pathlib import Path
from typing import TypeAlias

import pytest

from archiving import LIST, OTHER, ROBOTS, SEED, SEED_FILE, STAMP, Archivist, Clock, playing_site
from collecting import EDITED_PAGE
from commands import postarchive
from damages import HOUR_SECONDS, break_off, closing
from fakesite import Response
from foreignwarc import Foreign, packed, put
from postarchive.collect.imports import ImportOptions, import_paths
from postarchive.collect.replay import replay
from postarchive.warc import warc_files

ROOT = Path(__file__).parent.parent
TOOL = ROOT / "tools" / "verify_archive.py"
NOT_SEEN = ("Not checked: ", "Their signatures cannot be checked here")
LONGEST = 150  # characters of a finding in the table

Options: TypeAlias = tuple[str | Path, ...]
Doing: TypeAlias = Callable[[Archivist], Options | None]


class Meaning(StrEnum):
    """What a kind of tampering comes to."""

    DETECTED = "detected"
    UNPROVED = "reported as unproved"
    HARMLESS = "harmless"


@dataclass(frozen=True)
class Tamper:
    """A kind of tampering: `do` returns further options for the verifiers, such as a manifest kept elsewhere.

    `passes` is what it means when nothing is found, and `because` says why; None for a kind that must be found.
    `is_hidden`: the stand-alone verifier may not see what was done, because it checks the evidence more than the rows.
    """

    section: str
    what: str
    do: Doing
    passes: Meaning | None = None
    because: str = ""
    is_hidden: bool = False


TAMPERS: list[Tamper] = []


def add(  # noqa: PLR0913 - the parts of a row, each by name
    section: str,
    what: str,
    do: Doing,
    *,
    passes: Meaning | None = None,
    because: str = "",
    is_hidden: bool = False,
) -> None:
    """Add a kind of tampering to the table."""
    TAMPERS.append(Tamper(section, what, do, passes, because, is_hidden))


def kind(section: str, what: str, *, passes: Meaning | None = None, because: str = "") -> Callable[[Doing], Doing]:
    """Add the function as a kind of tampering."""

    def decorate(do: Doing) -> Doing:
        add(section, what, do, passes=passes, because=because)
        return do

    return decorate


@dataclass(frozen=True)
class Row:
    """A row of the table, and all that `verify` said."""

    tamper: Tamper
    verify: str
    alone: str
    meaning: Meaning
    said: str

    @property
    def line(self) -> str:
        """Return it as Markdown."""
        is_told = self.tamper.because and self.meaning is not Meaning.DETECTED
        because = f": {self.tamper.because}" if is_told else ""
        cells = (self.tamper.what, self.verify, self.alone, f"{self.meaning}{because}")
        return f"| {' | '.join(map(plain_markdown, cells))} |"


# --- the archive ------------------------------------------------------------------------------------------------------


def make_archive(folder: Path, clock: Clock | None = None) -> Archivist:
    """Make an archive of six runs with a record of every kind but seals: one run was killed, one is an import."""
    with begun(folder, clock) as archivist:
        kill(archivist, SEED)
        archivist.clock.sleep(HOUR_SECONDS)
        archivist.fetch(SEED, OTHER)
        archivist.clock.sleep(HOUR_SECONDS)
        archivist.fetch(OTHER, LIST)
    return archivist


def make_short_archive(folder: Path) -> Archivist:
    """Make an archive of four runs, which has a record of every kind but seals, too: the fewer, the sooner read."""
    with begun(folder) as archivist:
        archivist.fetch(SEED)
    return archivist


@contextmanager
def begun(folder: Path, clock: Clock | None = None) -> Iterator[Archivist]:
    """Make the first three runs of an archive; yield it, an hour later, before a page that has changed since."""
    archivist = Archivist(folder, clock or Clock())
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        with_steady_ids(patch)
        site.answer(ROBOTS, Response(body=b"User-agent: *\nDisallow: /html1/stamp/\n", content_type="text/plain"))
        body = SEED_FILE.with_name("8450-1.htm").read_bytes()
        site.answer(OTHER, Response(body=body, content_type="text/html", is_chunked=True))
        archivist.fetch(SEED, OTHER, STAMP)  # the last is forbidden: a `metadata` record
        archivist.clock.sleep(HOUR_SECONDS)
        bring_in(archivist, folder.with_name("brought.warc.gz"))
        archivist.clock.sleep(HOUR_SECONDS)
        archivist.fetch(SEED, OTHER, LIST)  # 304, the same body, a new page
        archivist.clock.sleep(HOUR_SECONDS)
        site.edit(SEED, EDITED_PAGE)
        yield archivist


def with_steady_ids(patch: pytest.MonkeyPatch) -> None:
    """Let records have the same ids each time, so that they are packed into the same bytes."""
    ids = map("00000000-0000-4000-8000-{:012}".format, count(1))
    for module in ("journal", "imports"):
        patch.setattr(f"postarchive.collect.{module}.uuid4", ids.__next__)


def bring_in(archivist: Archivist, path: Path) -> None:
    """Import a page that somebody else captured."""
    page = SEED_FILE.read_bytes().replace(b"23048456", b"23048457")
    url = SEED.replace("8456", "8457")
    put(path, packed(Foreign(url=url, body=page)))
    list(import_paths(archivist.folder, [path], options=ImportOptions(now=archivist.clock.now)))


def kill(archivist: Archivist, *urls: str) -> None:
    """Begin a run that is killed inside a record: the next one moves the torn end aside."""
    break_off(archivist, *urls)
    path = archivist.files[-1]
    path.write_bytes(path.read_bytes() + closing(archivist, 0).raw[:50])


def run_again(archivist: Archivist, *urls: str, later: timedelta = timedelta(days=1)) -> None:
    """Make one more run on the site as it is."""
    archivist.clock.sleep(later.total_seconds())
    with pytest.MonkeyPatch.context() as patch, playing_site(patch):
        archivist.fetch(*urls)


@dataclass(frozen=True)
class Rebuilt:
    """Databases that `verify` rebuilt to compare rows with, each under the digest of the evidence it is made of."""

    folder: Path

    def replay(self, archive: Path, database: Path, ends: Mapping[str, int], *, jobs: int = 1) -> None:
        """Make a database as `replay` does; copy the one that was made of the same evidence, if there is one."""
        evidence = hashlib.sha256(repr(sorted(ends.items())).encode())
        for file in warc_files(archive):
            evidence.update(f"{file}\n".encode() + (archive / file).read_bytes())
        kept = self.folder / evidence.hexdigest()
        if not kept.exists():
            replay(archive, database, ends, jobs=jobs)
            shutil.copyfile(database, kept)
        shutil.copyfile(kept, database)


# --- the verifiers ----------------------------------------------------------------------------------------------------


def ask_both(archivist: Archivist, tamper: Tamper) -> Row:
    """Tamper with an archive and let both verifiers look at it."""
    names = names_of(archivist)
    options = tamper.do(archivist) or ()
    done = postarchive("verify", "--jobs", "1", "-a", archivist.folder, *options)
    assert done.stderr == ""
    alone = stand_alone(archivist.folder, *options)
    check_agreement(tamper, done.stdout, alone)
    said, alone_said = (first_finding(text, names, archivist.folder) for text in (done.stdout, alone))
    return Row(tamper, said, alone_said, meaning_of(done.stdout, tamper), done.stdout)


def check_agreement(tamper: Tamper, said: str, alone: str) -> None:
    """Fail unless both verifiers say the same of the evidence; what one cannot see, it says that it did not look at."""
    if tamper.is_hidden and verdict(alone) != verdict(said):
        assert verdict(alone) == "OK", tamper.what
        assert any(words in alone for words in NOT_SEEN), tamper.what
    else:
        assert verdict(alone) == verdict(said), tamper.what


ALONE = runpy.run_path(str(TOOL))  # the stand-alone verifier's functions by name


def stand_alone(folder: Path, *options: str | Path) -> str:
    """Return what the stand-alone verifier says; of the options it knows only --manifest."""
    manifest = str(options[options.index("--manifest") + 1]) if "--manifest" in options else None
    with redirect_stdout(StringIO()) as out:
        ALONE["verify"](folder, manifest, None)
    return out.getvalue()


def verdict(said: str) -> str:
    """Return a verifier's verdict on the whole: OK, UNVERIFIABLE or FAILED."""
    (found,) = re.findall(r"^(OK|UNVERIFIABLE|FAILED): ", said, re.MULTILINE)
    return str(found)


def meaning_of(said: str, tamper: Tamper) -> Meaning:
    """Return what a kind of tampering comes to by what `verify` says of it."""
    match verdict(said):
        case "FAILED":
            return Meaning.DETECTED
        case "UNVERIFIABLE":
            return Meaning.UNPROVED
        case _:
            assert tamper.passes is not None, f"{tamper.what}: not found"
            return tamper.passes


# --- the table --------------------------------------------------------------------------------------------------------


def names_of(archivist: Archivist) -> dict[str, str]:
    """Return how the table names files and runs, whose names are times."""
    names: dict[str, str] = {}
    for number, path in enumerate(archivist.files, 1):
        run = path.name.partition(".")[0]
        names |= {path.relative_to(archivist.folder).as_posix(): f"file {number}", run: str(number)}
    return names


# What a finding says otherwise on another machine, whose zlib packs a record into more bytes or fewer.
VARYING = (
    (re.compile(r"(gzip member is not whole)\b.*"), r"\1"),
    (
        re.compile(r"-?\d+ bytes were (removed|put in) between records since the run closed"),
        "its bytes are not those that its closing record counted (sha256)",
    ),
    (re.compile(r"warc/\d{4}/\d{8}T\d{6}Z\d*\.warc\.gz(?!\.)"), "another file"),
    (re.compile(r"/\S+/kept\.tsr"), "kept.tsr"),
    (re.compile(r"(cannot be read as a time stamp): .*"), r"\1"),
    (re.compile(r"(offset|stored_bytes) is \d+, its record says \d+"), r"\1 is …"),
    (re.compile(r"length_bytes is \d+, its record says \d+(, )?"), ""),
    (re.compile(r"urn:uuid:[0-9a-f-]+|\b[0-9a-f]{32,}\b|sha256:[A-Z2-7]+[8=]*"), "…"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[^ ,;]*"), "…"),
    (re.compile(r"@\d+"), "@…"),
    (re.compile(r"\d+ days"), "… days"),
    (re.compile(r"(?<![/\d])\d+ bytes|(?<=byte )\d+"), "…"),
    (re.compile(r"(Content-Length )\d+"), r"\1…"),
    (re.compile(r"(the database is damaged|is not a database) \(.*?\)(?=$|;)"), r"\1"),
    (re.compile(r"; (`postarchive rebuild`|run `postarchive|a run goes on|no row is of).*"), ""),
    (re.compile(r"http://127\.0\.0\.1:\d+/"), "…"),
)
OF_ROWS = re.compile(r"(captures|runs)\b|.* has no row in captures$|.* no rows yet$")


def first_finding(said: str, names: dict[str, str], folder: Path) -> str:
    """Return a verifier's verdict and its first finding: one of the evidence rather than of rows that miss it."""
    lines = [line for line in said.splitlines() if re.match(r"(FAILED|UNVERIFIABLE)  ", line)]
    worst = [line for line in lines if line.startswith(verdict(said))]
    texts = [steady(line.partition("  ")[2].strip(), names, folder) for line in worst]
    text = next((text for text in texts if not OF_ROWS.match(text)), next(iter(texts), ""))
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return f"{verdict(said)}: {text}" if text else verdict(said)


def steady(text: str, names: dict[str, str], folder: Path) -> str:
    """Return a finding without what no two machines, or two archives, have alike."""
    text = text.replace(f"{folder}/", "").replace(f"{folder.parent}/", "").replace("  ", ": ", 1)
    for name, short in names.items():
        text = text.replace(name, short)
    for pattern, instead in VARYING:
        text = pattern.sub(instead, text)
    return text


def plain_markdown(text: str) -> str:
    """Return a text as Markdown shows it: nothing in it acts."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", text)


def table(rows: Iterator[Row] | list[Row]) -> str:
    """Return the rows as a table in Markdown."""
    head = "| what was done | `verify` | stand-alone verifier | result |\n|---|---|---|---|\n"
    return head + "".join(f"{row.line}\n" for row in rows)


def unlike(data: bytes) -> bytes:
    """Return a text with its last letter or digit turned into another one; "8" for an empty one."""
    places = [place for place, code in enumerate(data) if chr(code).isalnum() and code < 128]
    if not places:
        return data + b"8"
    other = b"7" if data[places[-1] : places[-1] + 1] == b"8" else b"8"
    return data[: places[-1]] + other + data[places[-1] + 1 :]


def manifest_said(archivist: Archivist) -> str:
    """Return the newest manifest, as printed by the stand-alone verifier."""
    return stand_alone(archivist.folder).rpartition("Newest manifest: ")[2].split()[0]
