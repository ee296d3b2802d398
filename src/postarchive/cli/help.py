"""Commands whose help is printed as the terminal has it, with colours; the rest of what is printed is guarded."""

import typer
from typer.core import TyperCommand, TyperGroup

from postarchive.cli.terminal import unguarded


class Command(TyperCommand):
    """A command."""

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]  # typer hides click's
        """Print the help, or return it."""
        with unguarded():
            return super().get_help(ctx)


class Group(TyperGroup):
    """A command that has commands."""

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]  # typer hides click's
        """Print the help, or return it."""
        with unguarded():
            return super().get_help(ctx)
