"""What is in the evidence folder: the files of runs in one folder per year, and torn ends."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from postarchive.errors import UnreadableInput
from postarchive.paths import open_evidence
from postarchive.verify.findings import Finding, Proof, failed
from postarchive.warc import Aside, run_of, torn_files

WARC = "warc"
YEAR = re.compile(r"\d{4}")
CHUNK_BYTES = 1 << 20


def unexpected_files(archive: Path, files: list[str]) -> Iterator[Finding]:
    """Yield what is in the evidence folder but is not evidence; `files` are reported elsewhere."""
    if (archive / WARC).is_symlink():
        yield _link(WARC)
        return
    known = {*files, *torn_files(archive)}
    for entry in _entries(archive / WARC):
        name = f"{WARC}/{entry.name}"
        if entry.is_symlink():
            yield _link(name)
        elif not YEAR.fullmatch(entry.name) or not entry.is_dir():
            yield _unexpected(name)
        else:
            yield from _in_a_year(Path(entry.path), name, known)


def torn_findings(archive: Path, named: Mapping[str, Aside], covered: str | None) -> Iterator[Finding]:
    """Yield what is wrong with the torn ends that were moved aside.

    `named` are those in the closing records, `covered` is the newest run that would name all before it; None when all
    runs are by an older version, or none is closed.
    """
    here = torn_files(archive)
    for file in sorted(named.keys() - set(here)):
        yield failed(file, "the torn end that was moved aside is missing; a closing record names it")
    for file in here:
        if file in named:
            yield from _compared(archive, file, named[file])
        elif covered is not None and run_of(file) <= covered:
            yield failed(file, "no closing record names it: it was added, or renamed")
        else:
            problem = "the torn end of a killed run, which no closing record names yet; the next one will"
            yield Finding(Proof.UNVERIFIABLE, file, problem)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise UnreadableInput(str(folder), f"cannot be read: {error.strerror}; check its permissions") from error


def _in_a_year(folder: Path, place: str, known: set[str]) -> Iterator[Finding]:
    for entry in _entries(folder):
        name = f"{place}/{entry.name}"
        if entry.is_symlink():
            yield _link(name)
        elif name not in known:
            yield _unexpected(name)


def _compared(archive: Path, file: str, said: Aside) -> Iterator[Finding]:
    digest = hashlib.sha256()
    try:
        with open_evidence(archive, file) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
            length = stream.tell()
    except UnreadableInput as error:
        yield failed(file, error.problem)
        return
    if (length, digest.hexdigest()) != (said.length_bytes, said.sha256_hex):
        yield failed(file, "it is not what the closing record of the next run says (length or sha256)")


def _unexpected(name: str) -> Finding:
    return failed(name, "not a file of this program; move it out of the evidence folder")


def _link(name: str) -> Finding:
    return failed(name, "a symbolic link; put the file itself there")
