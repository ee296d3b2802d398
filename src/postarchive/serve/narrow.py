"""Two narrow tables of all articles in the copy, in which a search finds, orders and counts.

It does not import Datasette: that takes a second, and the process that makes a copy does not need it.
"""

from typing import Final

from postarchive.serve.tables import SEARCH
from postarchive.store.find import BODY_WEIGHT, LISTS_WEIGHT, TITLE_WEIGHT
from postarchive.store.kinds import LEADING_ON

SOUGHT: Final = "articles_sought"
GROUPS: Final = "articles_groups"
OF_A_GROUP: Final = "kind, year, source, hosts"
NEWEST_FIRST: Final = "date IS NULL, date DESC, id"
LENGTHS: Final = "CREATE TEMP TABLE lengths (id INTEGER PRIMARY KEY, words INTEGER NOT NULL)"  # while a copy is made
# FTS5's bm25 looks up the length of each match with a statement of its own, which took half the time of a search. So
# the copy's index has no lengths, and bm25 takes each column's to be -1. A phrase that is f times in a text, counted
# by the weights of the columns, scores f * (K1 + 1) / (f + K1 * bracket); with the weights multiplied by `scale`, the
# quotient of the brackets of these two lengths, its score is that of the true one, to the 14th digit. The quotient is
# NULL or 0 only if no text has words, or texts have six on average: then 1 makes all lengths count alike.
B: Final = 0.75  # as in FTS5
BRACKET: Final = f"(1 - {B} + {B} * {{length}} / average)"
SCALE: Final = f"coalesce(nullif({BRACKET.format(length='-2.0')} / {BRACKET.format(length='words')}, 0), 1)"
SCORE: Final = (
    f"bm25({SEARCH}, {BODY_WEIGHT} * sought.scale, {TITLE_WEIGHT} * sought.scale) * sought.weight"  # least first
)
_BLANKED = bytes(byte if chr(byte).isalnum() or not chr(byte).isascii() else ord(" ") for byte in range(256))
# `by_date` and `by_title` are places in these orders; `weight` multiplies the score, and is less for lists of links.
FILL: Final = (
    f"""
CREATE TABLE {SOUGHT} (
  id INTEGER PRIMARY KEY, by_date INTEGER NOT NULL, by_title INTEGER NOT NULL, weight REAL NOT NULL,
  scale REAL NOT NULL, group_id INTEGER NOT NULL, date TEXT, is_gone INTEGER NOT NULL, is_edited INTEGER NOT NULL,
  has_image INTEGER NOT NULL, has_attachment INTEGER NOT NULL
)""",
    f"""
INSERT INTO {SOUGHT}
SELECT id, row_number() OVER (ORDER BY {NEWEST_FIRST}),
       row_number() OVER (ORDER BY title IS NULL, title COLLATE NOCASE, {NEWEST_FIRST}),
       CASE WHEN kind IN {LEADING_ON} THEN {LISTS_WEIGHT} ELSE 1.0 END, {SCALE},
       dense_rank() OVER (ORDER BY {OF_A_GROUP}), date,
       COALESCE(gone, '') <> '', COALESCE(edited, '') <> '', pictures > 0, files > 0
FROM articles JOIN lengths USING (id), (SELECT avg(words) AS average FROM lengths)""",  # noqa: S608 - our own words
    f"CREATE TABLE {GROUPS} (id INTEGER PRIMARY KEY, kind TEXT, year INTEGER, source TEXT, hosts TEXT)",
    f"""
INSERT INTO {GROUPS}
SELECT sought.group_id, kind, year, source, hosts
FROM {SOUGHT} AS sought JOIN articles ON articles.id = sought.id GROUP BY sought.group_id
""",  # noqa: S608
    # For readers' own SQL that orders by `rank`: each text counts as one of average length.
    f"""
INSERT INTO {SEARCH} ({SEARCH}, rank)
VALUES ('rank', 'bm25({BODY_WEIGHT * (1 - B)}, {TITLE_WEIGHT * (1 - B)})')""",  # noqa: S608
)


def words_in(text: str) -> int:
    """Return how many words of a text for the index FTS5's tokenizer `ascii` sees."""
    return len(text.encode().translate(_BLANKED).split())
