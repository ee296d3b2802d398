"""What all commands share: help in the terminal's colours, choices in any case, no variables for one-off options."""

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from postarchive.cli.terminal import unguarded

# Options for a single call; a variable that affects every later call would only surprise.
ONCE = frozenset(
    (
        *("all_hosts", "articles", "by", "changed", "compare", "count", "date", "designer", "dry_run", "explain"),
        *("fields", "gone", "has", "install_completion", "manifest", "media_folder", "new", "old", "open_browser"),
        *("output", "plot", "raw", "serial", "sheet", "show_completion", "skip_damaged", "source", "sql", "text"),
        *("token", "url", "version", "year"),
    )
)
WIDEST = 12  # letters of choices that fit beside an option
LARGEST = 1e9  # of a number with a fraction (seconds, minutes, GiB); a clock cannot wait much longer
PLAIN_NAMES = {"int": "N", "int range": "N", "float": "N", "float range": "N", "str": "TEXT", "path": "PATH"}


class _HelpStyle:
    """What our commands and groups do differently from typer's."""

    params: list[Any]

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401 - typer's own
        """Make the command as typer does, then adapt its options."""
        super().__init__(*args, **named)
        for option in self.params:
            _shape(option)
            _bound(option)

    def get_help(self, ctx: typer.Context) -> str:
        """Print the help, or return it."""
        for option in self.params:  # typer adds those for completion late
            _shape(option)
        with unguarded():
            return str(super().get_help(ctx))  # type: ignore[misc]  # what typer's class beside this one has


class Command(_HelpStyle, TyperCommand):  # type: ignore[misc]  # typer hides click's
    """A command."""


class Group(_HelpStyle, TyperGroup):  # type: ignore[misc]  # typer hides click's
    """A command that has commands."""


def _shape(option: Any) -> None:  # noqa: ANN401 - typer hides click's
    """Accept choices in any case, and leave room in the help for a variable's whole name at 80 columns."""
    choices = getattr(option.type, "choices", ())
    if choices:
        option.type.case_sensitive = False
    if option.name in ONCE:
        option.allow_from_autoenv = False
    if option.metavar is not None:
        return
    if option.param_type_name != "option":
        option.metavar = option.name.upper() if len("|".join(choices)) > WIDEST * 2 else None
        return
    if len("|".join(choices)) > WIDEST:
        option.metavar, option.help = option.name.upper(), f"{option.help} One of {', '.join(choices)}."
    elif option.type.name in PLAIN_NAMES:
        option.metavar = PLAIN_NAMES[option.type.name]


def _bound(option: Any) -> None:  # noqa: ANN401 - typer hides click's
    """Refuse `inf`, `nan` and numbers that no clock can wait for."""
    if option.type.name != "float range":
        return
    convert = option.type.convert

    def bounded(value: object, parameter: Any, context: Any) -> float:  # noqa: ANN401 - typer hides click's
        number = float(convert(value, parameter, context))
        if not number <= LARGEST:  # false for nan too
            option.type.fail(f"{value} is not a number up to {LARGEST:.0f}", parameter, context)
        return number

    option.type.convert = bounded
