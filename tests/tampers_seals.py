"""Tampering with a sealed archive, by somebody who knows how a seal is kept, and with what an export hands on.

The archive is sealed by an authority of the test; another one plays a forger's.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from archiving import LIST, OTHER, SEED, STAMP, Archivist, playing_site
from authority import Authority
from commands import postarchive
from damages import Member, block_of, digested, write_again
from guarantees import Meaning, Options, add, kind, unlike
from postarchive.cli.seal import seal_options
from postarchive.cli.verify import NOT_PROVED_OF_SEALS
from postarchive.collect.sealing import seal_archive
from tampers_records import changed_header
from tampers_rewritten import KEEP, make_rows_again, other_words, write_newest_again

SEALS, PACKAGE = "Seals", "Exported packages"
UNPROVED = Meaning.UNPROVED
OF_AUTHORITY, OF_TAIL = NOT_PROVED_OF_SEALS
SUMS = "found by `sha256sum --check SHA256SUMS`"
REPLY, CERTIFICATES = b"application/timestamp-reply", b"application/pem-certificate-chain"


class Authorities:
    """The honest authority and a forger's, both at work; a token that was kept elsewhere."""

    honest: Authority
    forger: Authority
    token: Path


def make_sealed(folder: Path, honest: Authority, forger: Authority) -> Archivist:
    """Make an archive of two runs, a seal, one more run and one more seal, two hours ago by the archive's clock."""
    Authorities.honest, Authorities.forger = honest, forger
    Authorities.token = folder.with_name("kept.tsr")
    archivist = Archivist(folder)
    archivist.clock.time = datetime.now(UTC) - timedelta(hours=2)
    with pytest.MonkeyPatch.context() as patch, playing_site(patch):
        archivist.fetch(SEED, LIST)
        archivist.clock.sleep(60)
        archivist.fetch(OTHER)
    seal_then(archivist, honest)
    with pytest.MonkeyPatch.context() as patch, playing_site(patch):
        archivist.fetch(STAMP)
    Authorities.token.write_bytes(seal_then(archivist, honest))
    return archivist


def seal_then(archivist: Archivist, authority: Authority) -> bytes:
    """Seal an archive long ago, in a run that is named a second after the newest; return the token."""
    then = datetime.now(UTC) - timedelta(hours=3)
    options = replace(seal_options([authority.url], [authority.root]), now=lambda: then)
    ((_, stamped),) = seal_archive(archivist.folder, options).replies
    return stamped.reply


def seal(archivist: Archivist, authority: Authority) -> None:
    done = postarchive("seal", "-a", archivist.folder, "--tsa", authority.url, "--tsa-ca", authority.root)
    assert done.returncode == 0, done.stderr


def only(mark: bytes, change: Callable[[Member], bytes | None], archivist: Archivist) -> None:
    """Change the newest run's record that has the mark in its header; chain and rows are right."""

    def changed(member: Member) -> bytes | None:
        return change(member) if mark in member.content.partition(b"\r\n\r\n")[0] else member.content

    write_newest_again(archivist, changed)
    make_rows_again(archivist)


def later_time(member: Member) -> bytes:
    return re.sub(rb"(Postarchive-Sealed-Time: )\d{4}", rb"\g<1>2020", member.content)


def other_reply(member: Member) -> bytes:
    block = bytearray(block_of(member))
    block[-20] ^= 1  # in the signature, which comes last
    return digested(member.content, bytes(block))


def rubbish(member: Member) -> bytes:
    return digested(member.content, b"no reply at all")


def forgers_certificate(member: Member) -> bytes:
    return digested(member.content, Authorities.forger.root.read_bytes())


CHANGES: dict[str, tuple[bytes, Callable[[Member], bytes | None]]] = {
    "the manifest that a seal names changed": (REPLY, partial(changed_header, "Postarchive-Sealed-Manifest")),
    "the time that a seal's record names changed": (REPLY, later_time),
    "a bit of an authority's reply changed": (REPLY, other_reply),
    "garbage in place of a reply": (REPLY, rubbish),
    "the certificates left out": (CERTIFICATES, lambda _: None),
    "the forger's root certificate put beside a seal": (CERTIFICATES, forgers_certificate),
}
for what, (mark, change) in CHANGES.items():
    add(SEALS, f"{what}, the run closed again, rows rebuilt", partial(only, mark, change), is_hidden=True)
add(
    SEALS,
    "the authority's URL changed, the run closed again, rows rebuilt",
    partial(only, REPLY, partial(changed_header, "WARC-Target-URI")),
    passes=UNPROVED,
    because=OF_AUTHORITY,
)


@kind(SEALS, "the newest sealed run rewritten, with a right chain and rows rebuilt")
def _(archivist: Archivist) -> None:
    write_again(archivist, lambda block: block.replace(b"China Post", b"China Past"), first_run=3)
    make_rows_again(archivist)


@kind(SEALS, "the whole archive rewritten with the seals left in, rows rebuilt")
def _(archivist: Archivist) -> None:
    write_again(archivist, other_words)
    make_rows_again(archivist)


def without_seals(archivist: Archivist) -> None:
    for number in (4, 2):
        archivist.files[number].unlink()
    write_again(archivist, other_words)
    make_rows_again(archivist)


def tail_removed(archivist: Archivist) -> None:
    for path in archivist.files[-2:]:
        path.unlink()
    make_rows_again(archivist)


def with_token(do: Callable[[Archivist], None], archivist: Archivist) -> Options:
    do(archivist)
    return "--token", Authorities.token, "--tsa-ca", Authorities.honest.root


add(SEALS, "the same with the seals left out", without_seals, passes=UNPROVED, because=KEEP)
add(SEALS, "the same, against a token kept elsewhere", partial(with_token, without_seals), is_hidden=True)
add(SEALS, "the newest run and its seal removed, rows rebuilt", tail_removed, passes=UNPROVED, because=OF_TAIL)
add(SEALS, "that, against a token kept elsewhere", partial(with_token, tail_removed), is_hidden=True)


def sealed_by_the_forger(archivist: Archivist) -> None:
    without_seals(archivist)
    seal(archivist, Authorities.forger)


@kind(
    SEALS,
    "the whole archive rewritten and sealed by an authority of the forger's own",
    passes=UNPROVED,
    because=OF_AUTHORITY,
)
def _(archivist: Archivist) -> None:
    sealed_by_the_forger(archivist)


def under_own_root(archivist: Archivist) -> Options:
    sealed_by_the_forger(archivist)
    return "--tsa-ca", Authorities.honest.root


def sealed_under_an_old_date(archivist: Archivist) -> None:
    without_seals(archivist)
    options = seal_options([Authorities.honest.url], [Authorities.honest.root])
    then = datetime.now(UTC) - timedelta(hours=1)
    seal_archive(archivist.folder, replace(options, now=lambda: then - timedelta(days=400)))


add(SEALS, "the same, under the root certificate that one trusts", under_own_root, is_hidden=True)
add(SEALS, "rewritten and sealed again, under an old date", sealed_under_an_old_date, is_hidden=True)
add(SEALS, "a row of seals changed", lambda a: a.execute("UPDATE seals SET time = '2020' WHERE id = 1"), is_hidden=True)
add(SEALS, "a row of seals removed", lambda a: a.execute("DELETE FROM seals WHERE id = 1"), is_hidden=True)


# --- what is handed on ------------------------------------------------------------------------------------------------


def in_package(change: Callable[[Path], None], archivist: Archivist) -> None:
    """Export the archive as a Data Package, change something in it, and let it be verified."""
    folder = archivist.folder.with_name("package")
    done = postarchive("export", "package", "-a", archivist.folder, "-o", folder)
    assert done.returncode == 0, done.stderr
    change(folder)
    archivist.folder = folder


def has_right_sums(folder: Path) -> bool:
    """Tell what `sha256sum --check SHA256SUMS` would."""
    lines = (line.split("  ", 1) for line in (folder / "SHA256SUMS").read_text().splitlines())
    return all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for digest, name in lines)


def in_file(pattern: str, folder: Path) -> None:
    path = min(folder.glob(pattern))
    path.write_bytes(unlike(path.read_bytes()))
    assert not has_right_sums(folder)


def with_right_sums(pattern: str, folder: Path) -> None:
    path = min(folder.glob(pattern))
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(unlike(path.read_bytes()))
    sums = folder / "SHA256SUMS"
    sums.write_text(sums.read_text().replace(before, hashlib.sha256(path.read_bytes()).hexdigest()))
    assert has_right_sums(folder)


def untouched(folder: Path) -> None:
    assert has_right_sums(folder)


def without_newest(folder: Path) -> None:
    max(folder.glob("warc/*/*.warc.gz")).unlink()


add(PACKAGE, "nothing (a package has no database)", partial(in_package, untouched))
add(PACKAGE, "a value in a table changed", partial(in_package, partial(in_file, "data/captures.csv")), because=SUMS)
add(
    PACKAGE,
    "a record in records.jsonl changed",
    partial(in_package, partial(in_file, "data/records.jsonl")),
    because=SUMS,
)
add(PACKAGE, "the schemas changed", partial(in_package, partial(in_file, "datapackage.json")), because=SUMS)
add(PACKAGE, "the verifier in it changed", partial(in_package, partial(in_file, "verify_archive.py")), because=SUMS)
add(PACKAGE, "a WARC file in it changed", partial(in_package, partial(in_file, "warc/*/*.warc.gz")))
add(
    PACKAGE,
    "a WARC file in it changed, SHA256SUMS made right",
    partial(in_package, partial(with_right_sums, "warc/*/*.warc.gz")),
)
add(PACKAGE, "the newest WARC file taken out of it", partial(in_package, without_newest), because=SUMS)
