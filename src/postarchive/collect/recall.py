"""Earlier responses, read back from the evidence: after a killed run nothing is requested twice."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from postarchive.collect.archive import capture_reader
from postarchive.models import Capture, Evidence
from postarchive.store.write import Writer
from postarchive.warc import read_request

NOT_NOW: Final = frozenset((429, *range(500, 600)))
OF_NO_USE: Final = NOT_NOW | {403}  # once the block is over, another request is right
RANGE: Final = re.compile(rb"\r\nRange: *([^\r\n]*)\r\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Recall:
    """The responses that an archive has."""

    archive: Path
    store: Writer

    def robots(self, url: str, *, since: datetime) -> Capture | None:
        """Return the response to a robots.txt request; one with 403 counts too: it means there are no rules."""
        return self.response(url, since=since, of_no_use=NOT_NOW)

    def response(
        self,
        url: str,
        *,
        since: datetime | None = None,
        byte_range: str | None = None,
        of_no_use: frozenset[int] = OF_NO_USE,
    ) -> Capture | None:
        """Return the newest usable response to a request for this URL and byte range; None if there is none.

        `since` is how old it may be at most; None means any age. Only the last response of each run is checked: of many
        parts of one file, it is the only one that a killed run may not have read.
        """
        for evidence, status, time in self.store.captures.responses_to(url):
            if since is not None and time < since:
                return None
            if status not in of_no_use and (byte_range is None or self.requested_range(evidence) == byte_range):
                return capture_reader(self.archive, self.store)(evidence)
        return None

    def requested_range(self, evidence: Evidence) -> str | None:
        """Return the byte range that the request of a stored response named; None if it named none."""
        request = read_request(self.archive, evidence)
        found = RANGE.search(request.block) if request else None
        return found[1].decode("latin-1") if found else None
