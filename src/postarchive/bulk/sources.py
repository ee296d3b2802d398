"""Which WARC files the arguments mean: by path, glob, folder, list or address."""

import glob
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from postarchive.bulk.remote import S3, check_s3, listed
from postarchive.errors import UnreadableInput, UsageError
from postarchive.paths import open_regular

SUFFIXES: Final = (".warc", ".warc.gz")
LISTS: Final = (".txt", ".list", ".paths")
ADDRESS: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://.+")
SCHEMES: Final = ("https", "http", S3)
MAX_LIST_BYTES: Final = 64 << 20
CONTROL: Final = "a control character in the name of a file"
NO_NAME: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class BulkSource:
    """A WARC file: its name as given or found, and the absolute path or address that identifies it."""

    name: str
    place: str

    @property
    def is_remote(self) -> bool:
        """Tell whether it must be downloaded first."""
        return is_address(self.place)


def is_address(name: str) -> bool:
    """Tell whether a name is an address: anything with a scheme before `://`."""
    return ADDRESS.fullmatch(name) is not None


def find_files(names: Iterable[str]) -> list[BulkSource]:
    """Return the files that the arguments mean, each once, in the order given.

    Raises UnreadableInput when a name leads to nothing, UsageError for an address of an unsupported kind.
    """
    found = {source.place: source for name in names for source in _named_by(name, is_list_allowed=True)}
    if not found:
        raise UnreadableInput("", "contains no WARC file (.warc, .warc.gz)")
    return list(found.values())


def _named_by(name: str, *, is_list_allowed: bool) -> Iterator[BulkSource]:
    if NO_NAME.search(name):
        raise UnreadableInput(ascii(name), CONTROL)
    if (address := ADDRESS.fullmatch(name)) is not None:
        yield from _at_address(name, address["scheme"].lower())
    elif os.path.isdir(name):  # noqa: PTH112 - a name, which may be a pattern too
        yield from _in_folder(name)
    elif os.path.lexists(name):
        is_list = is_list_allowed and name.lower().endswith(LISTS)
        yield from _in_list(name) if is_list else (_local(name),)
    elif glob.has_magic(name):
        yield from _matching(name)
    else:
        raise UnreadableInput(name, "does not exist; name WARC files, folders, lists (.txt) or addresses")


def _at_address(name: str, scheme: str) -> Iterator[BulkSource]:
    if scheme not in SCHEMES:
        raise UsageError(name, f"{scheme}:// cannot be read; name a path, https:// or s3://")
    if scheme == S3:
        check_s3(name)
    if scheme != S3 or _is_file(name):
        yield BulkSource(name, name)
    else:
        yield from _in_bucket(name)


def _is_file(address: str) -> bool:
    """Tell whether an S3 address names one file; a bucket, a prefix ending in `/` and a pattern name many."""
    key = address.partition("://")[2].partition("/")[2]
    return bool(key) and not key.endswith("/") and not glob.has_magic(address)


def _in_bucket(name: str) -> Iterator[BulkSource]:
    found = listed(name, SUFFIXES)
    if not found:
        raise UnreadableInput(name, "matches no file" if glob.has_magic(name) else "contains no WARC file")
    for address in found:
        if NO_NAME.search(address):
            raise UnreadableInput(ascii(address), CONTROL)
        yield BulkSource(address, address)


def _in_folder(folder: str) -> Iterator[BulkSource]:
    for root, folders, names in os.walk(folder):
        folders.sort()
        yield from (_local(os.path.join(root, name)) for name in sorted(names) if name.lower().endswith(SUFFIXES))  # noqa: PTH118 - the name as typed, `./` too


def _in_list(name: str) -> Iterator[BulkSource]:
    with open_regular(Path(name), name) as stream:
        data = stream.read(MAX_LIST_BYTES + 1)
    if len(data) > MAX_LIST_BYTES:
        raise UnreadableInput(name, f"is a list of more than {MAX_LIST_BYTES >> 20} MiB; split it")
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UnreadableInput(name, "is not a list of files in UTF-8, one per line") from error
    for line in map(str.strip, lines):
        if line and not line.startswith("#"):
            yield from _named_by(line, is_list_allowed=False)


def _matching(pattern: str) -> Iterator[BulkSource]:
    names = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - a whole pattern, absolute or not
    if not names:
        raise UnreadableInput(pattern, "matches no file")
    for name in names:
        yield from _named_by(name, is_list_allowed=False)


def _local(name: str) -> BulkSource:
    """Return a file on disk; its name may be any bytes there, and becomes text here."""
    shown = name.encode(errors="backslashreplace").decode()
    return BulkSource(shown, os.path.realpath(name))
