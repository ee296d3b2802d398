"""The pictures that the site's lists show beside stamps: a stamp's own page may have none.

A picture belongs to the stamp whose row in the list holds it, with the rows as the list parser cuts them; nothing is
paired by position. A list is read from the evidence only once, because its bytes never change.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from postarchive.collect.kept import stored_capture
from postarchive.errors import PostarchiveError, UnreadableInput
from postarchive.models import Evidence
from postarchive.pages import pictures_beside, read
from postarchive.store.captures import Captures
from postarchive.store.read import LaggingReader

MAX_LISTS = 1_000  # lists whose rows are remembered


def pictures_in_lists(archive: Path) -> dict[int, str]:
    """Return the URL of the picture beside each stamp in the lists last seen, by the number of its article.

    Leaves out lists that cannot be read, and everything when the database cannot.
    """
    with suppress(UnreadableInput), Captures(archive) as captures:
        shown: dict[str, str] = {}
        for capture in reversed(captures.of_stamp_lists()):  # of a stamp in several lists the latest counts
            with suppress(PostarchiveError):
                shown |= _beside(archive, capture.evidence)
        return {article: shown[url] for url, article in captures.articles_at(shown).items()}
    return {}


@lru_cache(MAX_LISTS)
def _beside(archive: Path, evidence: Evidence) -> Mapping[str, str]:
    with LaggingReader(archive) as reader:
        return pictures_beside(read(stored_capture(reader, evidence)))
