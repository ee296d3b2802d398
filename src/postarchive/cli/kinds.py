"""The kinds of page, as options name them."""

from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING

from postarchive.errors import UsageError
from postarchive.record.kinds import NAMES

if TYPE_CHECKING:

    class KindChoice(StrEnum):
        """What a page is; the members come from `record.kinds`, and are found by value: `KindChoice("news")`."""

else:
    KindChoice = StrEnum("KindChoice", {name.upper(): name for name in NAMES})


class Kinds(tuple[KindChoice, ...]):
    """One or more kinds, each once, as an option names them: `news,stamp`."""

    __slots__ = ()


def kinds_of(text: str) -> Kinds:
    """Return the kinds that a text names, in any case. Raises UsageError for an unknown kind."""
    names = [name.strip().lower() for name in text.split(",")]
    for name in names:
        if name not in NAMES:
            near = get_close_matches(name, NAMES, n=1)
            advice = f"did you mean {near[0]}?" if near else f"choose from {', '.join(NAMES)}"
            raise UsageError(f"--kind {text}", f"no such kind of page; {advice}")
    return Kinds(KindChoice(name) for name in dict.fromkeys(names))


METAVAR = "KIND,…"
CHOICES = f"{', '.join(NAMES)}; several with commas."
