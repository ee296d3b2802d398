"""Two narrow tables of all articles in the copy, in which a search finds, orders and counts.

It does not import Datasette: that takes a second, and the process that makes a copy does not need it.
"""

from typing import Final

from postarchive.store.find import LISTS_WEIGHT
from postarchive.store.kinds import LEADING_ON

SOUGHT: Final = "articles_sought"
GROUPS: Final = "articles_groups"
OF_A_GROUP: Final = "kind, year, source, hosts"
NEWEST_FIRST: Final = "date IS NULL, date DESC, id"
# `by_date` and `by_title` are places in these orders; `weight` multiplies the score, and is less for lists of links.
FILL: Final = (
    f"""
CREATE TABLE {SOUGHT} (
  id INTEGER PRIMARY KEY, by_date INTEGER NOT NULL, by_title INTEGER NOT NULL, weight REAL NOT NULL,
  group_id INTEGER NOT NULL, date TEXT, is_gone INTEGER NOT NULL, is_edited INTEGER NOT NULL,
  has_image INTEGER NOT NULL, has_attachment INTEGER NOT NULL
)""",
    f"""
INSERT INTO {SOUGHT}
SELECT id, row_number() OVER (ORDER BY {NEWEST_FIRST}),
       row_number() OVER (ORDER BY title IS NULL, title COLLATE NOCASE, {NEWEST_FIRST}),
       CASE WHEN kind IN {LEADING_ON} THEN {LISTS_WEIGHT} ELSE 1.0 END, dense_rank() OVER (ORDER BY {OF_A_GROUP}), date,
       COALESCE(gone, '') <> '', COALESCE(edited, '') <> '', pictures > 0, files > 0
FROM articles""",  # noqa: S608 - our own words
    f"CREATE TABLE {GROUPS} (id INTEGER PRIMARY KEY, kind TEXT, year INTEGER, source TEXT, hosts TEXT)",
    f"""
INSERT INTO {GROUPS}
SELECT sought.group_id, kind, year, source, hosts
FROM {SOUGHT} AS sought JOIN articles ON articles.id = sought.id GROUP BY sought.group_id
""",  # noqa: S608
)
