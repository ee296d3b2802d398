"""The command line: options in, lines out, exit codes. One file a group of commands; `common` is what they share.

A command imports what it needs when it needs it, inside its function, so that a quick one starts fast.
docs/architecture.md, under "Start-up", lists all that is done to start fast.
"""

import errno
import os
import re
import sys
from importlib import import_module
from inspect import cleandoc
from typing import Annotated, NoReturn

import typer

from postarchive import __version__
from postarchive.cli.codes import IN_A_LINE
from postarchive.cli.help import Command, Group
from postarchive.cli.mistakes import in_plain_words, nearest_command
from postarchive.cli.terminal import guard_streams
from postarchive.errors import Interrupted, PostarchiveError, UsageError

USAGE, UNWRITABLE, INTERRUPTED = 2, 73, 130
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # disk full, quota used up, or file too large
# Every usage error that typer finds; it does not export the class.
MISUSE: type[Exception] = typer.BadParameter.mro()[1]
# Where each command is, in the order of the help: module and function.
PANELS = {
    "Collect": {
        "fetch": "fetch:fetch",
        "import": "imports:import_",
        "backfill": "backfill:backfill",
        "probe": "probe:probe",
        "schedule": "schedule:schedule",
        "runs": "runs:runs",
        "check": "runs:check",
    },
    "Read": {
        "query": "query:query",
        "show": "show:show",
        "history": "history:history",
        "diff": "history:diff",
        "cite": "cite:cite",
        "hotlines": "numbers:hotlines",
        "registrations": "numbers:registrations",
        "stats": "stats:stats",
    },
    "Publish": {
        "export": "export:export",
        "bulk": "bulk:bulk",
        "feed": "feed:feed",
        "serve": "serve:serve",
        "mcp": "mcp:mcp",
    },
    "Keep": {
        "verify": "verify:verify",
        "seal": "seal:seal",
        "rebuild": "archive:rebuild",
    },
    "Try": {
        "demo": "demo:demo",
        "parse": "parse:parse",
        "fixture": "fixture:app",
    },
}
HIDDEN = ("fixture",)  # for people who work on the program itself
COMMANDS = {name: (panel, place) for panel, places in PANELS.items() for name, place in places.items()}
EXAMPLES = re.compile(r"Examples?: (?P<list>.+)\Z", re.DOTALL)


def _show_version(*, is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"postarchive {__version__}")
        raise typer.Exit


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


def application(name: str | None = None) -> typer.Typer:
    """Return the program with all its commands, or only the named one: the others would be imported for nothing."""
    made = typer.Typer(
        cls=Group,
        help=(
            "Keep the record of China Post's English news: fetch pages, preserve every exchange as evidence (WARC), "
            "read them into records, and find them again."
        ),
        epilog=f"Start with `postarchive demo`: it needs no network. Exit codes: {IN_A_LINE}.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",  # paragraphs flow to the width of the terminal
        context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "POSTARCHIVE"},
    )
    made.callback()(options)
    for command in [name] if name in COMMANDS else COMMANDS:
        _add(made, command)
    return made


def _add(made: typer.Typer, name: str) -> None:
    panel, place = COMMANDS[name]
    file, _, attribute = place.partition(":")
    module = import_module(f"postarchive.cli.{file}")
    command = getattr(module, attribute)
    if isinstance(command, typer.Typer):
        made.add_typer(command, name=name, cls=Group, rich_help_panel=panel, hidden=name in HIDDEN)
        return
    special = getattr(module, "COMMAND_CLASS", Command)
    made.command(name, cls=special, help=_help_of(command.__doc__ or ""), rich_help_panel=panel)(command)


def _help_of(docstring: str) -> str:
    """Return a docstring as help, with its examples, separated by dots, each on its own line."""
    text = cleandoc(docstring)
    found = EXAMPLES.search(text)
    if found is None:
        return text
    examples = " ".join(found["list"].split()).split(" · ")
    return text[: found.start()] + "Examples:\n\n" + "\n".join(f"- `{example}`" for example in examples)


def __getattr__(name: str) -> typer.Typer:
    """Return `app`, the whole program, built when first used."""
    if name != "app":
        raise AttributeError(name)
    return application()


def main() -> NoReturn:
    """Run the command; the program's own errors and usage errors become one line and an exit code."""
    guard_streams()
    try:
        _check_arguments(sys.argv[1:])
        named = sys.argv[1] if len(sys.argv) > 1 else None
        code = application(named)(prog_name="postarchive", standalone_mode=False)
        sys.stdout.flush()
    except PostarchiveError as error:
        _end(f"postarchive: {error}", error.exit_code)
    except MISUSE as error:
        _end_misuse(error)
    except (KeyboardInterrupt, typer.Abort):
        _end("postarchive: interrupted; what was fetched is kept", INTERRUPTED)
    except SystemExit as ended:
        if not isinstance(ended.__context__, BrokenPipeError):
            raise
        _end_output(ended.__context__)  # typer makes an exit of it
    except OSError as error:
        _end_output(error)
    except RuntimeError as error:
        if not isinstance(error.__cause__, Interrupted | KeyboardInterrupt):
            raise
        # If a signal raises while a class is being made, as during an import, Python 3.11 wraps the error in another.
        _end("postarchive: interrupted; what was fetched is kept", INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)


def _check_arguments(arguments: list[str]) -> None:
    if arguments and not arguments[0].startswith("-") and arguments[0] not in COMMANDS:
        near = nearest_command(arguments[0], COMMANDS)
        advice = f" Did you mean '{near}'?" if near else ""
        raise UsageError(arguments[0], f"is not a command.{advice} See `postarchive --help`")
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            raise UsageError(ascii(argument)[1:-1], "cannot be read in this locale's encoding") from error


def _end_misuse(error: Exception) -> NoReturn:
    """Print the usage error and where to find help; a command without arguments has printed its help already."""
    message = getattr(error, "format_message", lambda: str(error))()
    context = getattr(error, "ctx", None)
    if message and type(error).__name__ != "NoArgsIsHelpError":
        command = getattr(context, "command_path", "postarchive")
        _end(f"postarchive: {in_plain_words(message)} See `{command} --help`.", USAGE)
    typer.echo(message, err=True)
    sys.exit(USAGE)


def _end_output(error: OSError) -> NoReturn:
    """End when stdout takes no more: quietly if its reader has gone, with a line if the disk is full."""
    # Nothing may be flushed to it at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        sys.exit(0)
    if error.errno not in FULL:
        raise error
    _end(f"postarchive: output cannot be written: {error.strerror}", UNWRITABLE)


def _end(line: str, code: int) -> NoReturn:
    typer.echo(" ".join(line.split()), err=True)
    sys.exit(code)
