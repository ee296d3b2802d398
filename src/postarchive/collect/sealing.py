"""Seal an archive: authorities stamp the digest that covers all its evidence, and a run keeps their replies."""

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from postarchive.collect.archive import open_archive
from postarchive.collect.journal import Journal, utc_now
from postarchive.errors import AuthorityUnavailable, UnreadableInput
from postarchive.looks import is_folder
from postarchive.models import Seal
from postarchive.seal.authority import Stamped, request_stamp
from postarchive.store.write import Writer
from postarchive.warc import Before, manifest_before, warc_files

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class SealOptions:
    """How to seal: which authorities, and the root certificates (PEM) to keep with the replies; empty for none."""

    authorities: tuple[str, ...]
    certificates: bytes = b""
    wait_seconds: float = 0.0
    timeout_seconds: float = TIMEOUT_SECONDS
    now: Callable[[], datetime] = utc_now


@dataclass(frozen=True, slots=True)
class Sealed:
    """The result: the manifest, each reply by its authority's URL, and the authorities that did not reply."""

    manifest: str
    replies: tuple[tuple[str, Stamped], ...]
    failures: tuple[AuthorityUnavailable, ...]


def seal_archive(archive: Path, options: SealOptions) -> Sealed:
    """Have each authority stamp the newest manifest; if any reply came, a new run keeps the replies.

    The archive is locked meanwhile, so the manifest stays the newest. Raises UnreadableInput when there is nothing to
    seal, and the errors of `open_archive`; an authority that does not respond is reported, not raised.
    """
    if not is_folder(archive / "warc") or not warc_files(archive):
        raise UnreadableInput(str(archive), "has no run to seal yet; `postarchive fetch` makes one")
    with open_archive(archive, wait_seconds=options.wait_seconds) as store:
        before = manifest_before(archive)
        if before.manifest is None:
            raise UnreadableInput(str(archive), "has no run to seal yet; `postarchive fetch` makes one")
        sealed = _request_stamps(before.manifest, options)
        if sealed.replies:
            _keep(archive, store, sealed, before, options)
    return sealed


def _request_stamps(manifest: str, options: SealOptions) -> Sealed:
    replies: list[tuple[str, Stamped]] = []
    failures: list[AuthorityUnavailable] = []
    for url in dict.fromkeys(options.authorities):
        try:
            stamped = request_stamp(url, manifest, timeout_seconds=options.timeout_seconds, kept=options.certificates)
        except AuthorityUnavailable as error:
            failures.append(error)
        else:
            replies.append((url, stamped))
    return Sealed(manifest, tuple(replies), tuple(failures))


def _keep(archive: Path, store: Writer, sealed: Sealed, before: Before, options: SealOptions) -> None:
    """Write the run: its start, a seal for each reply, its end."""
    journal = Journal.begin(archive, store, details=(("sealing", sealed.manifest),), now=options.now, before=before)
    with closing(journal):
        for seal in _seals(sealed, journal.began):
            journal.apply(seal, journal.evidence.append_seal(seal, certificates=options.certificates))
            journal.counts["seals"] += 1
        journal.end()


def _seals(sealed: Sealed, now: datetime) -> Iterable[Seal]:
    for url, stamped in sealed.replies:
        yield Seal(url, now, sealed.manifest, stamped.token.time, stamped.reply)
