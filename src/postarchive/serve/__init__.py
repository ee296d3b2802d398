"""Datasette over a reading copy of the archive, with our metadata, a search that handles Chinese, and a reading view.

tables   what the copy holds, each column with its meaning; `tabular` defines a table
copy     the copy: made in a temporary folder, opened immutable, removed at the end; `pictured` its table of pictures
folders  where the copies are, and what killed servers left there
follow   a new copy when the archive has changed, made by a `child`; old `editions` stay while they are read
database the copy as Datasette's database, bounded in memory and time
about    what Datasette says about it, and the queries offered to readers
plugin   Datasette's hooks: search, templates, routes, errors
views    our own pages by their path, their templates in `templates`: `front`, `results` (the search), `articles` with
         `reading` and `differing`, `stamps`, `numbers`
finding  a search of the copy: `wanted` reads it from an address, `sought` is its SQL over `narrow`
percopy  what is made once per copy, and kept
marked   what was found or changed; `inwords` the words that readers see for names; `shelf` the picture of an article
original a page's own HTML from the evidence, cleaned
pictures the pictures of the pages, from the evidence; `raster` knows which bytes are a picture
memento  stored pages at a time, TimeGates and TimeMaps (RFC 7089), from `mementos`; `calendars` of captures
machine  articles, versions and searches as JSON; `feeds`, robots.txt and the sitemap
reached  under which names and addresses readers reach the server
policy   the headers of every response: no script, nothing from elsewhere
site     all of it as one Datasette
server   sockets

Nothing here is imported unless `postarchive serve` runs: Datasette and nh3 are the extra `serve`.
"""

import sys
from types import ModuleType

# Datasette reads a thousand units of measurement when it is imported: half of its start, and no column here has a unit.
_PINT = "datasette.vendored.pint"
vars(sys.modules.setdefault(_PINT, ModuleType(_PINT))).setdefault("UnitRegistry", object)
