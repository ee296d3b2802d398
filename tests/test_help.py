"""Help: every command has an example, every option its variable, and the whole fits 80 columns."""

import re
from functools import cache

import pytest
import typer

from commands import Run, postarchive, rows
from postarchive.cli import COMMANDS, app
from postarchive.cli.help import ONCE

VARIABLE = re.compile(r"env var:[\s│]*POSTARCHIVE_[A-Z_]+[\s│]*\]")


def command_names() -> list[str]:
    return [info.name or str(getattr(info.callback, "__name__", "")) for info in app.registered_commands]


@pytest.mark.parametrize("name", command_names())
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_of_a_command_has_an_example(name: str, option: str) -> None:
    done = postarchive(name, option, NO_COLOR="1", COLUMNS="200")

    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(rf"Examples:\s+• .*postarchive {name}\b", done.stdout)


def test_help_lists_the_commands_and_the_exit_codes() -> None:
    text = postarchive("--help", COLUMNS="200").stdout

    for name in command_names():
        assert re.search(rf"\b{name}\b", text)
    for code in ("65", "69", "73", "75", "130"):
        assert code in text


def test_each_option_has_its_variable(run: Run) -> None:
    by_option = run("query", "--kind", "stamp", "--format", "jsonl", "--limit", "2")

    by_variable = run(
        "query", POSTARCHIVE_QUERY_KIND="stamp", POSTARCHIVE_QUERY_FORMAT="jsonl", POSTARCHIVE_QUERY_LIMIT="2"
    )

    assert rows(by_option)
    assert by_variable == by_option


@cache
def commands_with_options() -> list[tuple[str, str, str]]:
    """Return each command with an option that a variable may set, and the variable's name."""
    group = typer.main.get_command(app)
    found = []
    for name, command in getattr(group, "commands", {}).items():
        context = command.make_context(
            name, [], resilient_parsing=True, auto_envvar_prefix=f"POSTARCHIVE_{name.upper()}"
        )
        for option in command.params:
            if option.param_type_name == "option" and option.allow_from_autoenv and not option.hidden:
                own = option.envvar if isinstance(option.envvar, str) else None
                found.append((name, option.name, own or f"{context.auto_envvar_prefix}_{option.name.upper()}"))
    return found


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"fixture"}))
def test_help_shows_whole_variables_at_80_columns_and_none_of_what_makes_sense_once(command: str) -> None:
    text = postarchive(command, "--help", COLUMNS="80").stdout

    variables = [variable for name, _, variable in commands_with_options() if name == command]
    assert [variable for variable in variables if not re.search(rf"\b{variable}\b", text)] == []
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("env var:") == len(VARIABLE.findall(text))
    named = re.findall(rf"POSTARCHIVE_{command.upper()}_([A-Z_]+)", text)
    assert {name.lower() for name in named} & ONCE == set()


@pytest.mark.parametrize("option", ["count", "sql", "output", "fields", "version", "raw", "explain", "dry_run", "plot"])
def test_option_that_makes_sense_once_has_no_variable(option: str) -> None:
    assert option not in {name for _, name, _ in commands_with_options()}
