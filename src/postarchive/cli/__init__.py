"""The command line: options in, lines out, exit codes. One file a group of commands; `common` is what they share."""

import os
import sys
from typing import Annotated, NoReturn

import typer

from postarchive import __version__
from postarchive.cli import archive, demo, fetch, history, numbers, parse, query, runs, schedule, show
from postarchive.errors import PostarchiveError

INTERRUPTED = 130

app = typer.Typer(
    help=(
        "Keep the record of China Post's English news: fetch pages, preserve every exchange as evidence (WARC), "
        "read them into records, and find them again."
    ),
    epilog="Start with `postarchive demo`: it needs no network. Exit codes: 0 done, 2 usage, 3 some pages failed, "
    "4 the site drifted, 5 verification failed, 65 input cannot be read, 69 site unavailable, 73 archive cannot be "
    "written, 75 another run holds the archive, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "POSTARCHIVE"},
)


def _show_version(*, is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"postarchive {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda value: _show_version(is_wanted=value),
            is_eager=True,
            allow_from_autoenv=False,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Keep the record of China Post's English news."""


app.command()(fetch.fetch)
app.command(cls=query.QueryCommand)(query.query)
app.command()(show.show)
app.command()(parse.parse)
app.command()(history.history)
app.command()(history.diff)
app.command()(numbers.hotlines)
app.command()(numbers.registrations)
app.command()(archive.rebuild)
app.command()(runs.runs)
app.command()(runs.check)
app.command()(schedule.schedule)
app.command()(demo.demo)
options.__doc__ = app.info.help


def main() -> NoReturn:
    """Run the command; the program's own errors become one line and their exit code."""
    try:
        app(prog_name="postarchive")
    except PostarchiveError as error:
        _end(f"postarchive: {error}", error.exit_code)
    except KeyboardInterrupt:
        _end("postarchive: interrupted; what was fetched is kept", INTERRUPTED)
    except BrokenPipeError:
        # The reader of a pipe, `head` say, has seen enough. Nothing may be flushed into it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    sys.exit(0)


def _end(line: str, code: int) -> NoReturn:
    typer.echo(" ".join(line.split()), err=True)
    sys.exit(code)
