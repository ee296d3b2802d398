"""Which files there are to read, and of which form: decided by their bytes when they were named, else by their name."""

import os
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from postarchive.errors import UnreadableInput
from postarchive.foreign.pieces import PROBE_BYTES, begins_record
from postarchive.foreign.saved import saved_url

ZIP_MAGIC = b"PK\x03\x04"


class Form(StrEnum):
    """How a file holds captures."""

    WARC = "warc"
    WACZ = "wacz"
    PAGE = "page"


SUFFIXES = {".warc": Form.WARC, ".warc.gz": Form.WARC, ".wacz": Form.WACZ}


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read; `url` is that of a saved page, else None."""

    path: Path
    form: Form
    url: str | None = None


def find_sources(paths: Iterable[Path]) -> list[Source]:
    """Return the files that hold captures; a folder is searched for WARC and WACZ files and for saved pages.

    Raises UnreadableInput when a path is not there, or a file that was named is of none of these forms.
    """
    return [source for path in paths for source in (_in_folder(path) if path.is_dir() else [_named(path)])]


def _in_folder(folder: Path) -> Iterator[Source]:
    for root, folders, names in os.walk(folder.absolute()):
        folders.sort()
        for path in (Path(root, name) for name in sorted(names)):
            source = _by_name(path)
            if source is not None and path.is_file():
                yield source


def _by_name(path: Path) -> Source | None:
    for suffix, form in SUFFIXES.items():
        if path.name.lower().endswith(suffix):
            return Source(path, form)
    url = saved_url(path)
    return Source(path, Form.PAGE, url) if url else None


def _named(path: Path) -> Source:
    try:
        with path.open("rb") as stream:
            start = stream.read(PROBE_BYTES)
    except (OSError, ValueError) as error:
        problem = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableInput(str(path), f"{problem.lower()}; name a WARC or WACZ file, or a folder") from error
    if begins_record(start):
        return Source(path, Form.WARC)
    if start.startswith(ZIP_MAGIC) and zipfile.is_zipfile(path):
        return Source(path, Form.WACZ)
    url = saved_url(path.absolute())
    if url is None:
        raise UnreadableInput(
            str(path), "neither WARC nor WACZ, nor a page saved below a folder named for its host; import one of these"
        )
    return Source(path, Form.PAGE, url)
