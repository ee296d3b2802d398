"""`postarchive parse`."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from postarchive.cli.common import print_json
from postarchive.errors import UnreadableInput
from postarchive.jsonvalue import Json
from postarchive.models import Capture
from postarchive.record.values import to_json
from postarchive.saved import url_in_saved_page, url_of_path

MAX_BYTES = 64 * 1024 * 1024


def parse(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A saved page; `-` means stdin.", show_default=False)],
    *,
    url: Annotated[
        str | None,
        typer.Option(
            help="The page's URL, to resolve its links; by default from the file's path or the browser's comment.",
            show_default=False,
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also show where each field is in the file, and which rule found it.")
    ] = False,
) -> None:
    """Read a saved page and print its record as JSON; no archive is needed.

    With --explain: {"record": …, "explain": [{"field", "selector", "start", "end", "rule", "where", "marker"}, …]};
    start and end are byte offsets in the file (`stored`), in its unpacked form (`unpacked`), or in its text as UTF-8
    (`utf-8`); marker names the part of the layout that wrote the field, if the page says so.

    Example: postarchive parse saved/english.chinapost.com.cn/html1/report/2304/8456-1.htm
    """
    body = read_input(file)
    from postarchive.pages import parse as parse_page

    capture = Capture(url or url_of(file, body), datetime.now(UTC), 200, (), body, origin="file")
    try:
        document = to_json(parse_page(capture))
        shown = {"record": document, "explain": explained(capture)} if explain else document
    except UnreadableInput as error:
        raise type(error)(file, error.problem) from error
    print_json(shown)


def explained(capture: Capture) -> list[Json]:
    """Return where each field of a page's record was found, as JSON."""
    from postarchive.pages.explain import explain

    return [asdict(item) for item in explain(capture)]


def read_input(file: str) -> bytes:
    """Return the bytes of a file or stdin. Raises UnreadableInput when they cannot be read, or are too many."""
    try:
        if file == "-":
            body = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(file).open("rb") as stream:
                body = stream.read(MAX_BYTES + 1)
    except IsADirectoryError as error:
        raise UnreadableInput(file, "is a folder; name a page in it") from error
    except (OSError, ValueError) as error:
        problem = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableInput(file, f"{problem.lower()}; name a saved page, or `-` for stdin") from error
    if len(body) > MAX_BYTES:
        raise UnreadableInput(file, f"larger than {MAX_BYTES // 2**20} MiB; no page is that large")
    return body


def url_of(file: str, body: bytes) -> str:
    """Return a page's URL from its file's path, else from its content, as `import` does; empty if neither has one."""
    return url_of_path(Path(file).absolute().parts) or url_in_saved_page(body) or ""
