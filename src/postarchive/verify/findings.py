"""What verification finds: places where something is wrong or cannot be proved, and what they mean for the whole."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

MAX_FINDINGS = 5  # of one file or table: the first few show where it is, a thousand more add nothing


class Proof(StrEnum):
    """What verification says about the whole, or about one place."""

    OK = "ok"
    FAILED = "failed"
    UNVERIFIABLE = "unverifiable"


@dataclass(frozen=True, slots=True)
class Proven:
    """What a seal says and whether it holds: `runs` are those that it is the first to prove, oldest first."""

    authority: str
    time: datetime
    proof: Proof
    file: str
    manifest: str
    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where something is wrong, or cannot be proved; `subject` is a file or a table.

    `offset` is a byte position in the file, `key` a row's primary key; None if the problem is the whole subject's.
    """

    proof: Proof
    subject: str
    problem: str
    offset: int | None = None
    key: str | None = None

    @property
    def place(self) -> str:
        """Return the place in one word or two: `file@offset`, or table and key."""
        if self.offset is not None:
            return f"{self.subject}@{self.offset}"
        return f"{self.subject} {self.key}" if self.key else self.subject


@dataclass(slots=True)
class Summary:
    """What was checked, counted as the findings come; `manifest` is the newest link of the chain.

    `seals` are the time stamps on it, `unsealed` the runs that none of them covers.
    """

    files: int = 0
    records: int = 0
    proof: Proof = Proof.OK
    manifest: str | None = None
    is_deep: bool = False
    seals: list[Proven] = field(default_factory=list)
    unsealed: tuple[str, ...] = ()

    def add(self, finding: Finding) -> None:
        """Add a finding to the verdict: one failure makes the whole fail."""
        if self.proof is not Proof.FAILED:
            self.proof = finding.proof


def failed(subject: str, problem: str, offset: int | None = None) -> Finding:
    """Return a finding that says what is wrong."""
    return Finding(Proof.FAILED, subject, problem, offset)


def few(findings: list[Finding]) -> Iterator[Finding]:
    """Yield the first findings of one file, and how many there were."""
    yield from findings[:MAX_FINDINGS]
    if len(findings) > MAX_FINDINGS:
        yield failed(findings[0].subject, f"{len(findings)} places; the first {MAX_FINDINGS} are named")
