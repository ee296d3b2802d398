"""`postarchive mcp`."""

import sys

import typer

from postarchive.cli.common import ArchiveOption, archive_path, check_extra


def mcp(*, archive: ArchiveOption = None) -> None:
    """Offer the archive to a language model: the Model Context Protocol over stdin and stdout.

    Four read-only tools: search, read, changes and sql. Every result names its URL, date, WARC file, offset and digest;
    page text is marked as quoted. Your model's client starts this command: configure it with the command `postarchive`
    and the arguments `mcp --archive DIR`. Needs the extra `mcp`.

    Examples: postarchive mcp --archive /srv/postarchive
    """
    check_extra("mcp", "mcp", "mcp")
    from postarchive.mcp.server import tool_server
    from postarchive.store.read import Reader

    folder = archive_path(archive)
    with Reader(folder):
        pass  # an unreadable archive is reported before anyone waits for it
    if sys.stdin.isatty():
        typer.echo("Waiting for a program that speaks MCP on stdin; press Ctrl-C to stop.", err=True)
    tool_server(folder).run("stdio")
