"""`postarchive fixture`: captured pages for the tests."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from postarchive.cli.common import ArchiveOption, archive_path
from postarchive.errors import ArchiveUnwritable
from postarchive.record.values import to_json
from postarchive.store.read import Reader

app = typer.Typer(help="Work with the captured pages used by the tests.", no_args_is_help=True)
DAY = 10  # characters of the day in an ISO time
FRONT = "index.htm"


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="URL|NODE", help="A page in the archive.", show_default=False)],
    *,
    archive: ArchiveOption = None,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="The folder of the fixtures.")] = Path(
        "fixtures/html"
    ),
) -> None:
    """Copy a page from the archive as a fixture, with its golden file beside it.

    The page's path below the folder is its URL. A reconstructed fixture at that path is replaced: review the change in
    the golden file, and commit both.

    Example: postarchive fixture add 23048456
    """
    from postarchive.collect.kept import stored_capture
    from postarchive.export.golden import golden_path, golden_text
    from postarchive.pages import parse
    from postarchive.pages.html.decode import unpack

    with Reader(archive_path(archive)) as reader:
        found = reader.version(reader.find_page(name))
        capture = stored_capture(reader, found.evidence)
    page = fixture_path(to, capture.url)
    expected = to_json(parse(capture))
    _write(page, unpack(capture)[0])
    golden = golden_path(page)
    _write(golden, golden_text(expected, origin="captured", day=capture.time.isoformat()[:DAY]).encode())
    typer.echo(f"{page}\n{golden}")


def fixture_path(folder: Path, url: str) -> Path:
    """Return where a URL's page is among the fixtures."""
    parts = urlsplit(url)
    return folder / (parts.hostname or "") / (parts.path.lstrip("/") or FRONT)


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise ArchiveUnwritable(str(path), f"{error.strerror}; name another folder with --to") from error
