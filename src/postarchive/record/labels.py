"""The labels of a stamp's facts: what each one means, defined once.

Search, export and `serve` all use `meaning_of`, so a label that fills a column in one fills it in the others.
`wordings` lists what pages print.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from postarchive.record.wordings import COLUMNS, LOOSELY, ONE_IN_A_FINGERPRINT, WORDINGS, Meaning
from postarchive.startup import late

__all__ = [
    "COLUMNS",
    "LONGEST_LABEL",
    "ONE_IN_A_FINGERPRINT",
    "WORDINGS",
    "Meaning",
    "known_wordings",
    "meaning_of",
    "typed_facts",
]

LONGEST_LABEL: Final = 60  # characters
GAP: Final = late(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_EXACTLY: Final = {text.lower(): meaning for meaning, wordings in WORDINGS.items() for text in wordings}


def meaning_of(label: str) -> Meaning | None:
    """Return what a fact's label means; None when no rule matches, or it is too long for a label."""
    return _meaning(label) if len(label) <= LONGEST_LABEL else None


def without_gaps(label: str) -> str:
    """Return a label without the blanks between Chinese characters that widen short ones: `志 号`."""
    return label if label.isascii() else GAP.sub("", label)


@lru_cache(maxsize=256)  # labels are the same on nearly all stamps
def _meaning(label: str) -> Meaning | None:
    label = without_gaps(label)
    exact = _EXACTLY.get(label.lower())
    return exact or next((meaning for meaning, pattern in LOOSELY if pattern.search(label)), None)


def known_wordings() -> Iterable[str]:
    """Return the wordings that are certainly labels wherever they appear, longest first."""
    return sorted((text for wordings in WORDINGS.values() for text in wordings), key=len, reverse=True)


def typed_facts(facts: Iterable[tuple[str, str | None]]) -> dict[Meaning, str]:
    """Return the values of facts by meaning, as printed; if two have the same meaning, the first that is not empty."""
    typed: dict[Meaning, str] = {}
    for label, value in facts:
        if value and (meaning := meaning_of(label)):
            typed.setdefault(meaning, value)
    return typed
