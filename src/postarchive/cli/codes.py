"""The exit codes, each with what it means in a word or two, and in a sentence."""

from typing import Final, NamedTuple


class Code(NamedTuple):
    """An exit code; `brief` is for the line that ends the help, `meaning` for the documentation."""

    number: int
    brief: str
    meaning: str


CODES: Final = (
    Code(0, "done", "Done, also when nothing was new or found."),
    Code(1, "a bug", "A bug of the program; please report it."),
    Code(2, "usage", "The command cannot mean what was typed."),
    Code(3, "some pages failed", "Some pages failed, or a URL may not be requested; the next run tries again."),
    Code(
        4,
        "the site drifted",
        "The site drifted: a page lacks what its kind must have, a field comes from another part of the layout, or "
        "unknown pages bring nothing new. No good row is touched.",
    ),
    Code(5, "verification failed", "Something in the archive is not as it was written."),
    Code(65, "input cannot be read", "A file, an archive or a record cannot be read, or is not there."),
    Code(69, "site unavailable", "The site, its robots.txt or an authority does not respond; nothing is lost."),
    Code(73, "archive cannot be written", "The archive's folder or an output cannot be written: disk full, read-only."),
    Code(75, "another run holds the archive", "Another run is writing; the next one continues."),
    Code(130, "interrupted", "A person or the system asked it to stop; what was fetched is kept."),
)
IN_A_LINE: Final = ", ".join(f"{code.number} {code.brief}" for code in CODES)
