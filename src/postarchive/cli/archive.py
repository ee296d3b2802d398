"""`postarchive rebuild`: what is done to the archive as a whole."""

from typing import Annotated

import typer

from postarchive.cli.common import ArchiveOption, archive_path


def rebuild(
    *,
    archive: ArchiveOption = None,
    wait: Annotated[float, typer.Option(min=0.0, help="Seconds to wait for another run to end.")] = 0.0,
) -> None:
    """Make the database anew from the WARC files alone; the old one stays until the new one is whole.

    Example: postarchive rebuild --archive /srv/postarchive
    """
    from postarchive.collect import rebuild as make_anew  # noqa: PLC0415 - lxml takes its time

    made = make_anew(archive_path(archive), wait_seconds=wait)
    typer.echo(f"Rebuilt from {made.files} WARC files with {made.events} events.")
