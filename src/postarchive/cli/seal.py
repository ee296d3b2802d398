"""`postarchive seal`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from postarchive.cli.common import ArchiveOption, WaitOption, archive_path, check_extra, read_file
from postarchive.errors import PostarchiveError, UsageError

if TYPE_CHECKING:
    from postarchive.collect.sealing import Sealed, SealOptions
    from postarchive.seal.authority import Stamped

MODULES = ("rfc3161_client", "cryptography")
SOME_FAILED = 3
DATA_SUFFIX = ".manifest"


def seal(  # noqa: PLR0913 - options of a command
    *,
    tsa: Annotated[
        list[str],
        typer.Option(
            metavar="URL", help="A time-stamping authority to use; may be repeated.", envvar="POSTARCHIVE_TSA"
        ),
    ],
    archive: ArchiveOption = None,
    tsa_ca: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Root certificate of an authority (PEM), to be kept with the seal; may be repeated.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Also write the token here, and what it stamps into FILE.manifest, to keep elsewhere.",
            show_default=False,
        ),
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for an authority.")] = 30.0,
    wait: WaitOption = 0.0,
) -> None:
    """Have outside authorities time-stamp all evidence so far.

    Sends the digest that covers all runs (the newest manifest, 64 characters, nothing else) to each authority, and
    keeps the signed reply (RFC 3161) in its own run. An older run that is rewritten later can no longer match: `verify`
    names it. Needs the extra `seal`.

    A seal proves that the runs before it existed at its time, but not when they began or what the site showed. If the
    newest runs are removed, only a token or manifest kept elsewhere shows it: write one with -o, and give it to `verify
    --token`. With several authorities, the second token goes to FILE-2, and so on.

    Exit code: 3 when some authorities gave no seal, 69 when none did.

    Examples: postarchive seal --tsa https://tsa.example/tsr --tsa-ca root.pem -o ~/keep/china-post.tsr ·
    postarchive verify --token ~/keep/china-post.tsr
    """
    check_extra("seal", "seal", *MODULES)
    options = seal_options(tsa, tsa_ca, timeout=timeout, wait=wait)
    from postarchive.collect.sealing import seal_archive

    sealed = seal_archive(archive_path(archive), options)
    print_sealed(sealed)
    if sealed.replies and output is not None:
        _write_tokens(sealed, output)
    if not sealed.replies:
        raise typer.Exit(sealed.failures[0].exit_code)
    raise typer.Exit(SOME_FAILED if sealed.failures else 0)


def after_run(authorities: list[str], files: list[Path] | None, *, wait: float) -> "SealOptions":
    """Return how to seal after a run. Raises UsageError, before the run, for options that cannot work."""
    check_extra("fetch --seal", "seal", *MODULES)
    if not authorities:
        raise UsageError("--seal", "needs an authority; name its URL with --tsa, or set POSTARCHIVE_TSA")
    return seal_options(authorities, files, wait=wait)


def seal_quietly(archive: Path, options: "SealOptions") -> None:
    """Seal, and print only what went wrong: a failed seal must not make a run fail."""
    from postarchive.collect.sealing import seal_archive

    try:
        for error in seal_archive(archive, options).failures:
            print_failure(error)
    except PostarchiveError as error:
        print_failure(error)


def seal_options(
    authorities: list[str], files: list[Path] | None, *, timeout: float = 30.0, wait: float = 0.0
) -> "SealOptions":
    """Return how to seal. Raises UsageError if something is not a URL, UnreadableInput if a file has no certificate."""
    from postarchive.collect.sealing import SealOptions
    from postarchive.seal.authority import check_authority

    urls = tuple(map(check_authority, authorities))
    return SealOptions(urls, read_roots(files) or b"", wait, timeout)


def read_roots(files: list[Path] | None) -> bytes | None:
    """Return the certificates in some files, as PEM; None for no files. Raises UnreadableInput when one has none."""
    if not files:
        return None
    from postarchive.seal.token import read_certificates

    texts = [read_file(file) for file in files]
    for file, text in zip(files, texts, strict=True):
        read_certificates(text, str(file))
    return b"".join(text.rstrip() + b"\n" for text in texts)


def print_sealed(sealed: "Sealed") -> None:
    """Print the manifest and a line for each authority: replies on stdout, failures on stderr."""
    if sealed.replies:
        typer.echo(f"Manifest: {sealed.manifest}")
    for url, stamped in sealed.replies:
        typer.echo(f"Sealed {stamped.token.time:%Y-%m-%d %H:%M:%S} UTC by {url}{_trust_note(stamped)}")
    for error in sealed.failures:
        print_failure(error)


def print_failure(error: PostarchiveError) -> None:
    """Print why nothing was sealed, as one line on stderr."""
    typer.echo(f"postarchive: not sealed: {' '.join(str(error).split())}", err=True)


def _trust_note(stamped: "Stamped") -> str:
    return f"; kept, but {stamped.check.problem}" if stamped.check.problem else ""


def _write_tokens(sealed: "Sealed", output: Path) -> None:
    from postarchive.export.files import atomic_write

    for place, (_, stamped) in enumerate(sealed.replies, 1):
        path = output if place == 1 else output.with_stem(f"{output.stem}-{place}")
        for target, data in ((path, stamped.reply), (_data_path(path), sealed.manifest.encode())):
            with atomic_write(target) as out:
                out.write(data)
        typer.echo(f"Wrote {path} and {_data_path(path).name}; keep them somewhere else.", err=True)


def _data_path(path: Path) -> Path:
    return path.with_name(path.name + DATA_SUFFIX)
