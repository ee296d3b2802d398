"""`postarchive demo`."""

import shlex
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from postarchive.cli import numbers, query, show
from postarchive.cli.fetch import Tally, print_result

SEED = 23048456


def demo(
    *,
    archive: Annotated[
        Path | None,
        typer.Option(
            "--archive", "-a", metavar="DIR", help="Where to put the archive; by default a new temporary folder."
        ),
    ] = None,
) -> None:
    """Try it out: archive a small bundled site from a local server and query it, without network access.

    Example: postarchive demo --archive /tmp/demo
    """
    from postarchive import demo as site

    folder = archive or Path(tempfile.mkdtemp(prefix="postarchive-demo-"))
    _say(folder, "fetch", "--media", note="from a local copy of the site, made for this demo")
    tally = Tally()
    for result in site.fetch_demo_site(folder):
        tally.add(result)
        print_result(result)
    _say(folder, "query", "rural revitalization")
    query.query(["rural", "revitalization"], archive=folder)
    _say(folder, "show", str(SEED))
    show.show(str(SEED), archive=folder)
    _say(folder, "hotlines")
    numbers.hotlines(archive=folder)
    _say(folder, "registrations")
    numbers.registrations(archive=folder)
    typer.echo(f"\nThe archive is in {folder}: try `postarchive query --archive {shlex.quote(str(folder))} stamp`.")
    raise typer.Exit(tally.exit_code())


def _say(folder: Path, *words: str, note: str = "") -> None:
    command = shlex.join(["postarchive", *words[:1], "--archive", str(folder)])
    line = " ".join([command, *words[1:]])
    sys.stdout.write(f"\n$ {line}{f'   # {note}' if note else ''}\n")
