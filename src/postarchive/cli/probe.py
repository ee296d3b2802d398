"""`postarchive probe`: a first look at a host, to learn what only the site itself can show."""

import shlex
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from postarchive.cli.common import (
    ArchiveOption,
    ContactOption,
    DelayOption,
    TableOrJson,
    TimeoutOption,
    WaitOption,
    archive_path,
    clock_reporter,
    counted,
    print_json,
    report_damage,
    terminal_width,
)
from postarchive.cli.fetch import MINUTE_SECONDS, SOME_FAILED
from postarchive.cli.progress import watched
from postarchive.cli.signals import stopping
from postarchive.errors import Interrupted, SiteUnavailable
from postarchive.jsonvalue import Json, JsonObject
from postarchive.urls import START_URL, host_of

if TYPE_CHECKING:
    from postarchive.collect import FetchOptions
    from postarchive.survey import Answer, Requested

INDENT = 14  # columns of a question's name


def probe(  # noqa: PLR0913 - options of a command
    host: Annotated[str, typer.Argument(metavar="[HOST]", help="A China Post host.", show_default=False)] = host_of(
        START_URL
    ),
    *,
    archive: ArchiveOption = None,
    max_requests: Annotated[int, typer.Option(min=1, max=30, help="Make at most this many requests.")] = 30,
    max_time: Annotated[float, typer.Option(min=0.0, help="Stop after this many minutes.")] = 30.0,
    delay: DelayOption = 2.0,
    timeout: TimeoutOption = 30.0,
    contact: ContactOption = None,
    wait: WaitOption = 0.0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    format: Annotated[TableOrJson, typer.Option("--format", "-f", help="Output format.")] = TableOrJson.TABLE,  # noqa: A002 - the option's name
) -> None:
    """Take a first look at a host: find out how its pages and its server work.

    With at most 30 polite requests, answer what only the site can show: which build of the CMS wrote its pages, what
    surrounds each field, whether conditional requests work, what a missing page looks like, and more. A question that
    could not be answered is listed with the reason. Everything is kept as evidence in the archive, as `fetch` keeps it,
    and the commands that make a test fixture of each kind of page are printed.

    Exit code: 0 done, 3 if no page could be read, 69 if the host does not respond.

    Examples: postarchive probe --archive first-contact · postarchive probe www.chinapost.com.cn --format json
    """
    from postarchive.collect import CONTACT, FetchOptions
    from postarchive.fetch import Limits

    name, folder = _host_named(host), archive_path(archive)
    with stopping() as stop:
        options = FetchOptions(
            limits=Limits(delay_seconds=delay, timeout_seconds=timeout, max_requests=max_requests),
            contact=contact or CONTACT,
            wait_seconds=wait,
            max_seconds=max_time * MINUTE_SECONDS,
            sleep=stop.sleep,
            should_stop=stop.is_requested,
            report_clock=clock_reporter(is_quiet=quiet),
            report_damage=report_damage,
        )
        met, requests, trouble = _look(folder, name, options, is_quiet=quiet)
    if met:
        _print(name, folder, met, requests, format)
    if trouble is not None:
        raise trouble
    if not any(item.reading is not None for item in met):
        raise typer.Exit(SOME_FAILED)


def _host_named(text: str) -> str:
    """Return the host that a text names: a bare name, or a URL on it."""
    return (host_of(text) if "://" in text else text.strip().lower().rstrip("./")) or text


def _look(
    folder: Path, host: str, options: "FetchOptions", *, is_quiet: bool
) -> tuple[list["Requested"], int, SiteUnavailable | Interrupted | None]:
    """Return what was found, how many requests were made, and what ended the look early."""
    from postarchive.collect.probing import MAX_REQUESTS, probe

    met: list[Requested] = []
    requests = [0]
    try:
        with watched("looking …", is_quiet=is_quiet) as line:
            for item in probe(folder, host, options=options, report=requests.append):
                met.append(item)
                line.show(f"request {requests[-1]} of at most {MAX_REQUESTS}: {item.purpose}")
    except (SiteUnavailable, Interrupted) as error:
        return met, requests[-1], error
    return met, requests[-1], None


def _print(host: str, folder: Path, met: list["Requested"], requests: int, output: TableOrJson) -> None:
    from postarchive.survey import Visit, answers

    found, fixtures = answers(Visit(host, tuple(met))), _fixtures(folder, met)
    if output is TableOrJson.JSON:
        print_json(
            {
                "host": host,
                "requests": requests,
                "archive": str(folder),
                "answers": [_plain(answer) for answer in found],
                "unanswered": [answer.name for answer in found if answer.words is None],
                "asked": [_request(item) for item in met],
                "fixtures": fixtures,
            }
        )
        return
    for line in _lines(host, folder, found, requests, fixtures):
        typer.echo(line)


def _plain(answer: "Answer") -> JsonObject:
    return {
        "name": answer.name,
        "question": answer.question,
        "is_answered": answer.words is not None,
        "answer": answer.words,
        "why_not": answer.why,
        "facts": answer.facts,
        "pages": list[Json](answer.pages),
    }


def _request(item: "Requested") -> JsonObject:
    return {
        "url": item.url,
        "purpose": str(item.purpose),
        "status": item.status,
        "kind": item.kind,
        "problem": item.problem or item.refusal,
    }


def _fixtures(folder: Path, met: list["Requested"]) -> list[JsonObject]:
    """Return the command that makes a fixture of the first page of each kind; front pages only if no others."""
    from postarchive.survey.visit import SHOWING, Purpose

    shown = [item for item in met if item.purpose in SHOWING and item.kind is not None]
    firsts: dict[str | None, Requested] = {}
    for item in sorted(shown, key=lambda item: item.purpose is Purpose.HOME):
        firsts.setdefault(item.kind, item)
    archive = shlex.quote(str(folder))
    return [
        {
            "kind": kind,
            "url": item.url,
            "command": f"postarchive fixture add {shlex.quote(item.url)} --archive {archive}",
        }
        for kind, item in firsts.items()
    ]


def _lines(
    host: str, folder: Path, found: tuple["Answer", ...], requests: int, fixtures: list[JsonObject]
) -> list[str]:
    from postarchive.export.plain import printable

    answered = [answer for answer in found if answer.words is not None]
    lines = [f"{host}: {counted(requests, 'request')}, {len(answered)} of {len(found)} questions answered", ""]
    lines += [_line(answer.name, answer.words or "") for answer in answered]
    if len(answered) < len(found):
        lines += ["", "Not answered:"]
        lines += [_line(answer.name, answer.why or "") for answer in found if answer.words is None]
    if fixtures:
        lines += ["", "To make a fixture of each kind of page found:", *(f"  {one['command']}" for one in fixtures)]
    lines += ["", f"Everything is kept as evidence in {folder}."]
    return [printable(line) for line in lines]


def _line(name: str, words: str) -> str:
    """Return a question's name and its answer, wrapped in its own column."""
    return textwrap.fill(
        f"{name.replace('_', ' '):<{INDENT}}{words}",
        width=max(terminal_width(), 2 * INDENT),
        subsequent_indent=" " * INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
