"""The time line of the numbers in the page frame: telephones and registrations."""

import json

from postarchive.jsonvalue import JsonObject
from postarchive.store.articles import Fetch

LINES = """
            SELECT host, kind, label, number, dial, first_seen, last_seen,
                   (SELECT count(*) FROM number_pages WHERE number_pages.number = numbers.id) AS pages,
                   CASE WHEN last_seen >= (SELECT max(other.first_seen) FROM numbers AS other
                                           WHERE other.host = numbers.host AND other.kind = numbers.kind
                                             AND other.label = numbers.label)
                        THEN 'current' ELSE 'past' END AS state,
                   (SELECT file || '@' || offset FROM captures WHERE captures.id = first_capture) AS evidence
            FROM numbers WHERE kind IN (SELECT value FROM json_each(:kinds)) ORDER BY host, first_seen, id"""


def number_lines(fetch: Fetch, kinds: tuple[str, ...]) -> list[JsonObject]:
    """Return the numbers of some kinds, each with first and last sighting.

    `state` is `past` when another number with the same label was first seen after this one was last seen; `evidence` is
    where the first sighting is.
    """
    return [dict(row) for row in fetch(LINES, {"kinds": json.dumps(kinds)})]
