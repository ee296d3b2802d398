"""`postarchive verify`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from postarchive.cli.common import (
    ArchiveOption,
    JobsOption,
    TableOrJson,
    archive_path,
    check_extra,
    counted,
    jobs_of,
    print_json,
    read_file,
)
from postarchive.cli.progress import watched
from postarchive.cli.seal import MODULES, read_roots
from postarchive.cli.signals import breaking_off
from postarchive.export.plain import printable
from postarchive.jsonvalue import Json, JsonObject

if TYPE_CHECKING:
    from postarchive.verify import Finding, Summary
    from postarchive.verify.findings import Proven

VERIFICATION_FAILED = 5
MAX_SEALS = 10
MEANING = {
    "ok": "everything that was checked is right",
    "failed": "the places above are not as they were written",
    "unverifiable": "nothing is wrong, but the places above cannot be proved",
}
PROVED = (
    "Every byte of the evidence is unchanged since this archive received and recorded it.",
    "No file or record was removed, replaced or inserted between the runs that have ended.",
)
PROVED_DEEP = "Every row of the database follows from the evidence, and every row that follows is there."
NOT_COMPARED = "That every row of the database follows from the evidence: no database was rebuilt to compare with."
NOT_PROVED = (
    "That the server sent what the site really shows: the evidence begins where the response arrived.",
    "That the newest run is complete, when it was cut off: no manifest covers its end yet.",
    "That nobody rewrote all files, or removed the newest with their rows: keep the newest manifest for --manifest.",
)
NOT_PROVED_OF_SEALS = (
    "That a seal is from the authority it names, unless --tsa-ca gives its root: the one kept here only matches.",
    "That no seal was removed with its runs, unless --token gives the newest token from where you keep it.",
)


def verify(  # noqa: PLR0913 - options of a command
    *,
    archive: ArchiveOption = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick/--deep", "--no-deep", help="Skip the slowest check: rebuilding the database to compare it."
        ),
    ] = False,
    manifest: Annotated[
        str | None,
        typer.Option(metavar="DIGEST", help="A manifest that you kept elsewhere; the chain must contain it."),
    ] = None,
    token: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="A token that `seal -o` wrote and you kept elsewhere; the chain must contain what it stamps.",
            show_default=False,
        ),
    ] = None,
    tsa_ca: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Root certificates (PEM) that you trust for seals; by default those kept with the seals.",
            show_default=False,
        ),
    ] = None,
    jobs: JobsOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only problems.")] = False,
    format: Annotated[TableOrJson, typer.Option("--format", "-f", help="Output format.")] = TableOrJson.TABLE,  # noqa: A002 - the option's name
) -> None:
    """Verify that the evidence is intact and that the database follows from it: ok, failed, unverifiable.

    Checks the framing and every digest in each WARC file, the chain of the runs' manifests, each row against its
    record, and, unless --quick, every table and row, including the word index, against a database rebuilt in a
    temporary folder. Seals are checked offline; the report says by what time each run must have existed. No file in the
    archive is changed.

    Exit code: 5 if anything failed; 0 if all is ok, or if something is unverifiable: nothing is wrong, but the last run
    was cut off or is still at work, or there is no database.

    Examples: postarchive verify · postarchive verify --quick --format json
    """
    from postarchive.verify import Proof, Summary, verify_archive

    if token or tsa_ca:
        check_extra("verify --token" if token else "verify --tsa-ca", "seal", *MODULES)
    folder, summary = archive_path(archive), Summary()
    with breaking_off(), watched("verifying …", is_quiet=quiet) as line:
        findings = verify_archive(
            folder,
            summary,
            rebuild=None if quick else _rebuild_of(folder, jobs_of(jobs)),
            manifest=manifest,
            tokens={str(path): read_file(path) for path in token or ()},
            trusted=read_roots(tsa_ca),
            on_file=lambda step: line.show(f"verifying {step} …"),
        )
        if format is TableOrJson.JSON:
            found = list(findings)
        else:
            for finding in findings:
                if not quiet or finding.proof is Proof.FAILED:
                    line.erase()
                    _print_finding(finding)
    if format is TableOrJson.JSON:
        _print_json(found, summary)
    if not quiet and format is TableOrJson.TABLE:
        _print_statement(summary)
    raise typer.Exit(VERIFICATION_FAILED if summary.proof is Proof.FAILED else 0)


def _rebuild_of(folder: Path, jobs: int) -> Callable[[Path, Mapping[str, int]], None]:
    from postarchive.collect.replay import replay

    return lambda path, ends: replay(folder, path, ends, jobs=jobs)


def _print_finding(finding: "Finding") -> None:
    typer.echo(printable(" ".join(f"{finding.proof.upper():<12}  {finding.place}  {finding.problem}".splitlines())))


def _print_statement(summary: "Summary") -> None:
    looked_at = f"{counted(summary.records, 'record')} in {counted(summary.files, 'file')}"
    typer.echo(f"{summary.proof.upper()}: {MEANING[summary.proof]}; {looked_at}.")
    if summary.manifest:
        typer.echo(f"Newest manifest: {summary.manifest}")
    _print_seals(summary)
    if proved := _proved(summary):
        _print_list("Proved:", proved)
    _print_list("Not proved:", _not_proved(summary))


def _print_seals(summary: "Summary") -> None:
    """Print each seal with the runs that it covers; if there are many, only the newest."""
    if not summary.seals:
        return
    hidden = len(summary.seals) - MAX_SEALS
    typer.echo("Seals:")
    if hidden > 0:
        typer.echo(f"  {hidden} older ones; --format json names them all")
    for seal in summary.seals[-MAX_SEALS:]:
        typer.echo(f"  {seal.proof.upper():<12}  {printable(_covered(seal))}")
    typer.echo(f"  not sealed yet: {_span(summary.unsealed)}")


def _covered(seal: "Proven") -> str:
    said = "existed before" if seal.proof == "ok" else "are said to have existed before"
    return f"{_span(seal.runs)} {said} {seal.time:%Y-%m-%d %H:%M:%S} UTC, by {seal.authority}"


def _span(runs: tuple[str, ...]) -> str:
    match len(runs):
        case 0:
            return "no further run"
        case 1:
            return f"run {runs[0]}"
        case count:
            return f"{count} runs {runs[0]} to {runs[-1]}"


def _print_list(heading: str, lines: tuple[str, ...]) -> None:
    typer.echo(heading)
    for line in lines:
        typer.echo(f"  {line}")


def _proved(summary: "Summary") -> tuple[str, ...]:
    if summary.proof != "ok":
        return ()
    return (*PROVED, PROVED_DEEP) if summary.is_deep else PROVED


def _not_proved(summary: "Summary") -> tuple[str, ...]:
    of_rows = () if summary.is_deep else (NOT_COMPARED,)
    return (*of_rows, *NOT_PROVED, *(NOT_PROVED_OF_SEALS if summary.seals else ()))


def _print_json(findings: list["Finding"], summary: "Summary") -> None:
    document: JsonObject = {
        "answer": summary.proof,
        "exit_code": VERIFICATION_FAILED if summary.proof == "failed" else 0,
        "files": summary.files,
        "records": summary.records,
        "deep": summary.is_deep,
        "manifest": summary.manifest,
        "seals": [_seal(seal) for seal in summary.seals],
        "unsealed": list(summary.unsealed),
        "findings": [_row(finding) for finding in findings],
        "proved": list(_proved(summary)),
        "not_proved": list(_not_proved(summary)),
    }
    print_json(document)


def _seal(seal: "Proven") -> Json:
    return {
        "answer": seal.proof,
        "time": seal.time.isoformat(),
        "authority": seal.authority,
        "file": seal.file,
        "manifest": seal.manifest,
        "runs": list(seal.runs),
    }


def _row(finding: "Finding") -> Json:
    return {
        "answer": finding.proof,
        "subject": finding.subject,
        "offset": finding.offset,
        "key": finding.key,
        "problem": finding.problem,
    }
