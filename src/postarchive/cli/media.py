"""`postarchive show --media`: a record's kept pictures and files, as files in a folder."""

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

import typer

from postarchive.cli.common import counted
from postarchive.collect.media import open_media
from postarchive.errors import ArchiveUnwritable, UnreadableInput
from postarchive.export.files import atomic_write
from postarchive.export.media import KeptFile, media_name, media_urls, own_name
from postarchive.export.plain import printable
from postarchive.looks import is_there
from postarchive.paths import below
from postarchive.record.values import Page


def write_media(archive: Path, record: Page, folder: Path, *, name: str, at: str | None) -> None:
    """Write the kept pictures and files of a record, and print a line for each that `sha256sum --check` can read.

    What is not kept is reported on stderr. `name` is the page as the user named it, `at` the time (ISO) as of which
    files are wanted, None for the latest. Raises UnreadableInput when nothing is kept or evidence is damaged,
    ArchiveUnwritable when a file cannot be written or another one is in its place.
    """
    urls = list(media_urls(record))
    with open_media(archive) as media:
        files = [file for url in urls if (file := media.kept(url, at)) is not None]
        if not files:
            raise UnreadableInput(name, _nothing(name, len(urls)))
        _make(folder)
        for path, file in _placed(files):
            data = file.read()
            _write(folder, path, data)
            sys.stdout.write(f"{hashlib.sha256(data).hexdigest()}  {folder / path}\n")
    missing = [url for url in urls if url not in {file.url for file in files}]
    for url in missing:
        typer.echo(printable(f"Not kept: {url}"), err=True)
    more = f" {len(missing)} more can be fetched with `postarchive fetch --media {name}`." if missing else ""
    typer.echo(f"Wrote {counted(len(files), 'file')} to {folder}.{more}", err=True)


def _nothing(name: str, count: int) -> str:
    if not count:
        return "names no pictures or files"
    kept = "the one picture or file that it names is not kept" if count == 1 else f"none of its {count} files is kept"
    return f"{kept}; `postarchive fetch --media {name}` fetches what is missing"


def _placed(files: Iterable[KeptFile]) -> list[tuple[str, KeptFile]]:
    """Return a name for each file; if two would be alike, ignoring case, both get a distinct one."""
    plain = [(media_name(file.url, file.media_type), file) for file in files]
    names = [name.lower() for name, _ in plain]
    return [
        (own_name(file.url, file.media_type) if names.count(name.lower()) > 1 else name, file) for name, file in plain
    ]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArchiveUnwritable(str(folder), f"cannot be created: {error.strerror}; name another folder") from error


def _write(folder: Path, name: str, data: bytes) -> None:
    """Write a file unless it is there already. Raises ArchiveUnwritable if something else is."""
    target = below(folder, name)
    if is_there(target):
        if target.is_file() and target.read_bytes() == data:
            return
        raise ArchiveUnwritable(str(target), "already exists with other contents; name another folder")
    with atomic_write(target) as out:
        out.write(data)
