"""`postarchive serve`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from postarchive.cli.common import ArchiveOption, archive_path, check_extra
from postarchive.cli.signals import stopping


def serve(
    *,
    archive: ArchiveOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on; the default is this machine alone.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 is any free one.")] = 8001,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the front page in a browser.")] = False,
) -> None:
    """Serve a reading copy of the archive to browsers: search, articles, versions, and all tables with Datasette.

    The copy is made when it starts and removed when it ends; Ctrl-C ends it. Needs the extra `serve`.

    Examples: postarchive serve --open · postarchive serve --archive /srv/postarchive --port 8080
    """
    check_extra("serve", "serve", "datasette", "nh3")
    from postarchive.serve.copy import reading_copy  # noqa: PLC0415 - heavy, and an extra
    from postarchive.serve.server import is_private, listening, server_for, url_of  # noqa: PLC0415
    from postarchive.serve.site import open_site  # noqa: PLC0415

    folder = archive_path(archive)
    with (
        stopping() as stop,
        listening(host, port) as listener,
        _progress() as tell,
        reading_copy(folder, tell=tell, is_stopped=stop.is_asked) as copy,
        open_site(copy, folder) as datasette,
    ):
        url = url_of(listener)
        typer.echo(f"Serving {folder} at {url} until Ctrl-C.", err=True)
        if not is_private(listener):
            typer.echo("Whoever reaches this machine can read the archive: there is no password.", err=True)
        if open_browser:
            typer.launch(url)
        server_for(datasette).run(sockets=[listener])
    typer.echo("Ended; the copy is removed.", err=True)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Yield what to call with the pages done and all there are; it shows them where a person watches."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console  # noqa: PLC0415 - only where a person watches

    with Console(stderr=True).status("copying …") as status:

        def tell(done: int, total: int) -> None:
            status.update(f"copying {done:,} of {total:,} pages")
            if done == total:
                status.stop()

        yield tell
