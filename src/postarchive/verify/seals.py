"""The seals of an archive: whether each holds, and the time before which the runs under it must have existed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from postarchive.errors import UnreadableInput
from postarchive.models import Seal
from postarchive.seal import is_installed
from postarchive.verify.findings import Finding, Proof, Proven, failed
from postarchive.warc import run_of

SLACK = timedelta(days=1)  # by which an honest clock may differ from an authority's


@dataclass(frozen=True, slots=True)
class KeptSeal:
    """A seal with its place, the certificates beside it (PEM), and the manifest that its run follows.

    `follows` is None for a run without a closing record, which names none.
    """

    file: str
    offset: int
    seal: Seal
    certificates: bytes
    follows: str | None

    @property
    def run(self) -> str:
        """Return the run that keeps it."""
        return run_of(self.file)


class Seals:
    """The seals of one archive, checked against its chain; `proven` holds them all after `findings`."""

    def __init__(
        self, kept: Sequence[KeptSeal], files: Iterable[str], digests: set[str], trusted: bytes | None
    ) -> None:
        """Take what was read; `digests` are the manifests of the chain, `trusted` root certificates or None."""
        self._kept = sorted(kept, key=lambda kept: (kept.file, kept.offset))
        self._runs = [run_of(file) for file in files]
        self._digests, self._trusted = digests, trusted
        self.proven: list[Proven] = []

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong with the seals or cannot be proved."""
        sealed = ""  # the run of the newest seal that holds: what is before it needs no later one
        for kept in self._kept:
            found = list(self._check(kept))
            proof = _worst(found)
            runs = tuple(run for run in self._runs if sealed <= run < kept.run)
            self.proven.append(
                Proven(kept.seal.authority, kept.seal.sealed, proof, kept.file, kept.seal.manifest, runs)
            )
            if proof is Proof.OK and self._is_last_of_run(kept):
                sealed = kept.run
            yield from found

    def unsealed(self) -> tuple[str, ...]:
        """Return the runs that no valid seal covers, the newest seal's own run included; call it after `findings`."""
        newest = max((run_of(proven.file) for proven in self.proven if proven.proof is Proof.OK), default="")
        return tuple(run for run in self._runs if run >= newest)

    def _is_last_of_run(self, kept: KeptSeal) -> bool:
        return not any(other.run == kept.run and other.offset > kept.offset for other in self._kept)

    def _check(self, kept: KeptSeal) -> Iterator[Finding]:
        seal = kept.seal
        if seal.manifest not in self._digests or kept.follows not in (None, seal.manifest):
            yield failed(kept.file, self._rewritten(kept), kept.offset)
            return
        if not is_installed():
            problem = "the seal cannot be checked without the extra `seal`: pip install 'postarchive[seal]'"
            yield Finding(Proof.UNVERIFIABLE, kept.file, problem, kept.offset)
            return
        yield from self._check_token(kept)

    def _check_token(self, kept: KeptSeal) -> Iterator[Finding]:
        from postarchive.seal.token import Trust, check_token, read_token  # noqa: PLC0415 - an extra

        seal = kept.seal
        check = check_token(seal.reply, seal.manifest, kept=kept.certificates, trusted=self._trusted)
        if check.trust is Trust.FAILED:
            yield failed(
                kept.file, f"the seal over the runs up to {self._last_before(kept)}: {check.problem}", kept.offset
            )
            return
        if read_token(seal.reply).time != seal.sealed:
            yield failed(kept.file, "the seal's record and its token name different times", kept.offset)
            return
        if check.trust is Trust.UNVERIFIABLE:
            yield Finding(Proof.UNVERIFIABLE, kept.file, f"the seal: {check.problem}", kept.offset)
        elif abs(seal.sealed - seal.time) > SLACK:
            yield Finding(Proof.UNVERIFIABLE, kept.file, self._untimely(kept), kept.offset)

    def _rewritten(self, kept: KeptSeal) -> str:
        first = next((run for run in self._runs if run >= self._sealed_before(kept)), self._last_before(kept))
        last = self._last_before(kept)
        runs = f"the run {last} is" if first == last else f"one of the runs {first} to {last} is"
        return f"{runs} not what was sealed at {kept.seal.sealed:%Y-%m-%d %H:%M} UTC: rewritten, added or removed since"

    def _untimely(self, kept: KeptSeal) -> str:
        seal = kept.seal
        side = "later" if seal.sealed > seal.time else "earlier"
        days = abs(seal.sealed - seal.time).days
        return (
            f"the seal is {days} days {side} than the run that keeps it claims: a clock was wrong, "
            "or the runs before it were rewritten and sealed again"
        )

    def _sealed_before(self, kept: KeptSeal) -> str:
        """Return the run of the seal before this one; empty for the first."""
        return max((other.run for other in self._kept if other.run < kept.run), default="")

    def _last_before(self, kept: KeptSeal) -> str:
        return max((run for run in self._runs if run < kept.run), default=kept.run)


def _worst(findings: Sequence[Finding]) -> Proof:
    proofs = {finding.proof for finding in findings}
    return next((proof for proof in (Proof.FAILED, Proof.UNVERIFIABLE) if proof in proofs), Proof.OK)


def token_findings(reply: bytes, subject: str, digests: set[str], trusted: bytes | None) -> Iterator[Finding]:
    """Yield how an archive disagrees with a token that somebody kept elsewhere; the subject is the token's file."""
    from postarchive.seal.token import Trust, check_token, imprint_of, read_token  # noqa: PLC0415 - an extra

    try:
        token = read_token(reply)
    except UnreadableInput as error:
        yield failed(subject, error.problem)
        return
    manifest = next((digest for digest in sorted(digests) if imprint_of(digest) == token.imprint), None)
    if manifest is None:
        problem = "it stamps no manifest of this archive: earlier runs were removed or rewritten"
        yield failed(subject, f"{problem} since {token.time:%Y-%m-%d %H:%M} UTC")
        return
    check = check_token(reply, manifest, trusted=trusted)
    if check.trust is not Trust.OK:
        yield Finding(Proof(check.trust), subject, check.problem)
