"""`postarchive serve`."""

from collections.abc import Callable
from typing import Annotated

import typer

from postarchive.cli.common import ArchiveOption, archive_path, check_extra
from postarchive.cli.progress import StatusLine, watched
from postarchive.cli.signals import stopping


def serve(
    *,
    archive: ArchiveOption = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; by default only this machine can connect.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 means any free one.")] = 8001,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the front page in a browser.")] = False,
) -> None:
    """Serve a read-only copy of the archive to web browsers: search, articles, versions, all tables.

    The copy is made at the start, and anew after each run, without a restart; press Ctrl-C to stop. Tables are shown by
    Datasette. Needs the extra `serve`.

    Examples: postarchive serve --open · postarchive serve --archive /srv/postarchive --port 8080
    """
    check_extra("serve", "serve", "datasette", "nh3", "bs4")
    from postarchive.serve.follow import following
    from postarchive.serve.server import is_private, listening, server_for, url_of
    from postarchive.serve.site import open_site

    folder = archive_path(archive)
    with (
        stopping() as stop,
        listening(host, port) as listener,
        watched("copying …", is_quiet=False) as line,
        following(folder, tell=_tell(line), is_stopped=stop.is_asked, say=_say) as follower,
        open_site(follower, folder) as datasette,
    ):
        line.erase()
        url = url_of(listener)
        typer.echo(f"Serving {folder} at {url} until Ctrl-C.", err=True)
        if not is_private(listener):
            typer.echo("Anyone who can reach this machine can read the archive; there is no password.", err=True)
        if open_browser:
            typer.launch(url)
        server_for(datasette).run(sockets=[listener])
    typer.echo("Stopped; the copy has been removed.", err=True)


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _tell(line: StatusLine) -> Callable[[int, int], None]:
    return lambda done, total: line.show(f"copying {done:,} of {total:,} pages")
