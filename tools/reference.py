"""Write the reference part of the documentation from the code itself: `make reference`.

A file of `docs/` may hold blocks between `<!-- generated: NAME -->` and `<!-- end -->`; each is written by a function
of BLOCKS. `tests/test_docs.py` compares the files with what would be written.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from inspect import cleandoc
from pathlib import Path
from typing import Any, Final

import typer

from postarchive.cli import COMMANDS, PANELS, application
from postarchive.cli.codes import CODES
from postarchive.export.columns import TABLES as EXPORTED
from postarchive.export.shape import ColumnSchema
from postarchive.record.fields import FIELDS, OF_FACTS, Field
from postarchive.record.kinds import KINDS
from postarchive.schema import TABLES

DOCS: Final = Path(__file__).resolve().parent.parent / "docs"
BLOCK: Final = re.compile(r"(<!-- generated: (?P<name>[a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)
EXAMPLES: Final = re.compile(r"\n*Examples?: (?P<list>.+)\Z", re.DOTALL)
TABLE: Final = re.compile(r"CREATE TABLE (?P<name>\w+) \((?:[ ]+-- (?P<says>[^\n]+))?\n(?P<rows>.*?)\n\)", re.DOTALL)
COLUMN: Final = re.compile(r" {2}(?P<name>[a-z_]+) +(?P<type>TEXT|INTEGER)(?P<rest>[^\n]*)")
REFERENCE: Final = re.compile(r"REFERENCES (?P<table>\w+)")
MANDATORY: Final = ("NOT NULL", "PRIMARY KEY")


def commands() -> str:
    """Return every command with its help, arguments, options, variables and examples."""
    group = typer.main.get_command(application())
    context = group.make_context("postarchive", [], resilient_parsing=True)
    return "\n".join(_command(name, group.commands[name], context) for name in COMMANDS)  # type: ignore[attr-defined]


def _command(name: str, command: Any, parent: Any) -> str:  # noqa: ANN401 - typer hides click's types
    context = command.make_context(name, [], parent=parent, resilient_parsing=True)
    inner: dict[str, Any] = getattr(command, "commands", {})
    if inner:
        parts = [f"## {context.command_path}\n", f"{_text(command.help)}\n"]
        return "\n".join(
            [*parts, *(_command(sub, one, context).replace("## ", "### ", 1) for sub, one in inner.items())]
        )
    return "\n".join(_sections(command, context))


def _sections(command: Any, context: Any) -> Iterator[str]:  # noqa: ANN401
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    usage = " ".join([context.command_path, "[OPTIONS]", *(_metavar(one, context) for one in arguments)])
    yield f"## {context.command_path}\n\n```text\n{usage}\n```\n"
    yield f"{_text(command.help)}\n"
    options = [one for one in command.params if one.param_type_name == "option" and one.name != "help"]
    if arguments:
        yield _table(("argument", "meaning"), ((f"`{_metavar(one, context)}`", _help(one)) for one in arguments))
    if options:
        yield _table(
            ("option", "meaning", "default", "variable"),
            ((_names(one, context), _help(one), _default(one), _variable(one, context)) for one in options),
        )


def _text(text: str | None) -> str:
    """Return a help text as Markdown: what looks like a tag or a placeholder is shown to the letter."""
    return _shown(cleandoc(text or ""))


def _help(parameter: Any) -> str:  # noqa: ANN401
    return " ".join((parameter.help or "").split())


def _names(option: Any, context: Any) -> str:  # noqa: ANN401
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    return names if option.is_flag else f"{names} `{_metavar(option, context)}`"


def _metavar(parameter: Any, context: Any) -> str:  # noqa: ANN401
    choices = getattr(parameter.type, "choices", ())
    if choices and parameter.param_type_name == "argument":
        return "|".join(getattr(choice, "value", choice) for choice in choices)
    return str(parameter.make_metavar(context)).strip("<>{}")


def _default(option: Any) -> str:  # noqa: ANN401
    if isinstance(option.show_default, str):
        return option.show_default
    value = getattr(option.default, "value", option.default)
    if option.is_flag or value is None or option.show_default is False or callable(value):
        return ""
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`" if value != [] else ""


def _variable(option: Any, context: Any) -> str:  # noqa: ANN401
    if option.envvar:
        return f"`{option.envvar}`"
    if not option.allow_from_autoenv:
        return ""
    return f"`{context.auto_envvar_prefix}_{option.name.upper()}`"


def overview() -> str:
    """Return the commands grouped by purpose, each with the first sentence of its help."""
    group = typer.main.get_command(application())
    found: dict[str, Any] = group.commands  # type: ignore[attr-defined]
    rows = [
        (
            panel,
            f"[`{name}`](#postarchive-{name})",
            _text(found[name].help).split("\n\n")[0].partition(". ")[0].rstrip("."),
        )
        for panel, names in PANELS.items()
        for name in names
    ]
    return _table(("for", "command", "does"), rows)


def codes() -> str:
    """Return the exit codes."""
    return _table(("code", "meaning"), ((str(code.number), code.meaning) for code in CODES))


def kinds() -> str:
    """Return the kinds of page, with the CMS's type numbers and URL words."""
    rows = ((f"`{one.name}`", ", ".join(map(str, one.types)) or "all others", ", ".join(one.words)) for one in KINDS)
    return _table(("kind", "type number in the page's script", "word in the URL"), rows)


def fields() -> str:
    """Return every field of the record, and those of the objects in it."""
    rows = [row for field in (*FIELDS, *OF_FACTS) for row in _field_rows(field)]
    return _table(("field", "type", "meaning", "a change makes a version", "searched"), rows)


def _field_rows(field: Field, inside: str = "") -> Iterator[tuple[str, ...]]:
    name = f"{inside}{field.name}"
    kind = field.type + (f" ({field.unit})" if field.unit else "")
    own = "" if inside else ("yes" if field.is_own else "no")
    yield f"`{name}`", kind, field.meaning, own, f"as {field.searched}" if field.searched else ""
    for item in field.items:
        yield from _field_rows(item, f"{name}[]." if field.type == "array" else f"{name}.")


def columns() -> str:
    """Return every column of the tables that are exported."""
    return "\n".join(
        f"### {table.name}\n\n{table.description}\n\nKey: {', '.join(f'`{name}`' for name in table.key)}.\n\n"
        + _table(("column", "type", "meaning", "only in"), map(_column_row, table.columns))
        for table in EXPORTED.values()
    )


def _column_row(column: ColumnSchema) -> tuple[str, ...]:
    kind = column.type + (f" ({column.unit})" if column.unit else "")
    return f"`{column.name}`", kind, column.description, column.only or ""


def tables() -> str:
    """Return every table of the database with its columns, as the schema describes them."""
    return "\n".join(_schema_table(found) for found in TABLE.finditer(TABLES))


def _schema_table(found: re.Match[str]) -> str:
    says = f"{found['says'][0].upper()}{found['says'][1:]}.\n\n" if found["says"] else ""
    rows = (_schema_row(column) for column in COLUMN.finditer(found["rows"]))
    return f"### {found['name']}\n\n{says}" + _table(("column", "type", "may be null", "leads to", "meaning"), rows)


def _schema_row(column: re.Match[str]) -> tuple[str, ...]:
    rule, _, says = column["rest"].partition("--")
    leads = REFERENCE.search(rule)
    may_be_null = "" if any(word in rule for word in MANDATORY) else "yes"
    return f"`{column['name']}`", column["type"].lower(), may_be_null, leads["table"] if leads else "", says.strip()


def references() -> list[tuple[str, str, str]]:
    """Return every reference of the schema: table, column, and the table it refers to."""
    return [
        (found["name"], column["name"], leads["table"])
        for found in TABLE.finditer(TABLES)
        for column in COLUMN.finditer(found["rows"])
        if (leads := REFERENCE.search(column["rest"]))
    ]


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(heads)
    lines = (f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows)
    return "\n".join((f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *lines, ""))


def _cell(text: str) -> str:
    return _shown(text.replace("|", "\\|"))


def _shown(text: str) -> str:
    """Return text in which what looks like a tag is shown to the letter; in `code` it is anyway."""
    parts = text.split("`")
    return "`".join(part if number % 2 else part.replace("<", "\\<") for number, part in enumerate(parts))


BLOCKS: Final[dict[str, Callable[[], str]]] = {
    "commands": commands,
    "overview": overview,
    "codes": codes,
    "kinds": kinds,
    "fields": fields,
    "columns": columns,
    "tables": tables,
}


def written(text: str) -> str:
    """Return a file's text with each of its blocks rewritten. Raises KeyError for an unknown block."""
    return BLOCK.sub(lambda found: f"{found[1]}\n{BLOCKS[found['name']]()}\n{found[3]}", text)


def main() -> int:
    """Write the blocks of all files; return 0."""
    for path in sorted(DOCS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        path.write_text(written(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
