"""`postarchive serve`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from postarchive.cli.common import ArchiveOption, archive_path, check_extra
from postarchive.cli.progress import StatusLine, watched
from postarchive.cli.signals import stopping

if TYPE_CHECKING:
    from socket import socket

    from postarchive.serve.reached import Reached


def serve(
    *,
    archive: ArchiveOption = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; by default only this machine can connect.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 means any free one.")] = 8001,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Address under which readers reach the server, as behind a proxy; feeds and TimeMaps name it.",
            show_default=False,
        ),
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the front page in a browser.")] = False,
) -> None:
    """Serve a read-only copy of the archive to web browsers: search, articles, versions, all tables.

    The copy is made at the start and renewed after each run, without a restart; press Ctrl-C to stop. Datasette shows
    the tables. A server that only this machine can reach accepts only its own names and that of --url. Needs the extra
    `serve`.

    Examples: postarchive serve --open · postarchive serve --archive /srv/postarchive --port 8080
    """
    check_extra("serve", "serve", "datasette", "nh3", "bs4")
    from postarchive.serve.follow import following
    from postarchive.serve.reached import public_url
    from postarchive.serve.server import is_private, listening, run, url_of
    from postarchive.serve.site import open_site

    folder, public = archive_path(archive), public_url(url)
    with (
        stopping() as stop,
        listening(host, port) as listener,
        watched("copying …", is_quiet=False) as line,
        following(folder, report=_report(line), is_stopped=stop.is_requested, say=_say) as follower,
        open_site(follower, folder, _place(public, listener)) as datasette,
    ):
        line.erase()
        here = url_of(listener)
        typer.echo(f"Serving {folder} at {here} until Ctrl-C.", err=True)
        if not is_private(listener):
            typer.echo("Anyone who can reach this machine can read the archive; there is no password.", err=True)
        if open_browser:
            typer.launch(here)
        run(datasette, listener)
    typer.echo("Stopped; the copy has been removed.", err=True)


def _place(url: str | None, listener: "socket") -> "Reached":
    from postarchive.serve.reached import reached
    from postarchive.serve.server import is_private, url_of

    return reached(url, listens=url_of(listener), is_private=is_private(listener))


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _report(line: StatusLine) -> Callable[[int, int], None]:
    return lambda done, total: line.show(f"copying {done:,} of {total:,} pages")
