"""Which files to read, and in which format: by their bytes if they were named by the user, else by their name."""

import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

from postarchive.errors import UnreadableInput
from postarchive.foreign.pieces import HEAD_BYTES, begins_record, is_arc
from postarchive.foreign.saved import saved_url
from postarchive.looks import is_folder, may_be_file
from postarchive.paths import open_regular
from postarchive.saved import is_nameless

ZIP_MAGIC = b"PK\x03\x04"
OLD_FORM = "is an ARC file, which cannot be read; convert it to WARC (`warcio recompress`)"
NO_FORM = "is neither WARC nor WACZ, nor a page saved in a folder named after its host; import one of these"


class Form(StrEnum):
    """The format in which a file holds captures."""

    WARC = "warc"
    WACZ = "wacz"
    PAGE = "page"
    NAMELESS = "nameless"  # a page whose path is no URL
    FOLDER = "folder"  # one that cannot be listed: reading it says why


SUFFIXES = {".warc": Form.WARC, ".warc.gz": Form.WARC, ".wacz": Form.WACZ, ".arc": Form.WARC, ".arc.gz": Form.WARC}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read; `url` is that of a saved page, None for any other format."""

    path: Path
    form: Form
    url: str | None = None


def find_sources(paths: Iterable[Path]) -> list[SourceFile]:
    """Return the files that hold captures; a folder is searched for WARC and WACZ files and for saved pages.

    Raises UnreadableInput when a path does not exist, or a named file has none of these formats.
    """
    return [source for path in paths for source in (_in_folder(path) if is_folder(path) else [_named(path)])]


def _in_folder(folder: Path) -> Iterator[SourceFile]:
    closed: list[OSError] = []
    for root, folders, names in os.walk(folder.absolute(), onerror=closed.append):
        folders.sort()
        for path in (Path(root, name) for name in sorted(names)):
            if may_be_file(path) and (source := _by_name(path)):
                yield source
    yield from (SourceFile(Path(error.filename), Form.FOLDER) for error in closed)


def _by_name(path: Path) -> SourceFile | None:
    form = next((form for suffix, form in SUFFIXES.items() if path.name.lower().endswith(suffix)), None)
    if form is not None:
        return SourceFile(path, form)
    with suppress(UnreadableInput):  # a page whose path does not give its URL, and that cannot be read
        if url := saved_url(path):
            return SourceFile(path, Form.PAGE, url)
        return SourceFile(path, Form.NAMELESS) if is_nameless(path.parts) else None
    return None


def open_source(source: SourceFile) -> IO[bytes]:
    """Open a file for reading. Raises UnreadableInput like `open_regular`."""
    return open_regular(source.path, str(source.path))


def size_of(source: SourceFile) -> int:
    """Return the length of a file in bytes; 0 when it cannot be examined: reading it says why."""
    try:
        return source.path.stat().st_size
    except OSError:
        return 0


def _named(path: Path) -> SourceFile:
    with open_regular(path, str(path)) as stream:
        start = stream.read(HEAD_BYTES)
        is_package = start.startswith(ZIP_MAGIC) and zipfile.is_zipfile(stream)
    if begins_record(start):
        return SourceFile(path, Form.WARC)
    if is_package:
        return SourceFile(path, Form.WACZ)
    if is_arc(start):
        raise UnreadableInput(str(path), OLD_FORM)
    if url := saved_url(path):
        return SourceFile(path, Form.PAGE, url)
    raise UnreadableInput(str(path), NO_FORM)
