"""What to request next, and why. Pure: what is known and the time are passed in.

New pages come first, found by links, breadth first; then known pages that are due. A page is due again after a quarter
of the time that it has stayed the same, so a new page is seen in nearly every run and an old one rarely, but each at
least once in `LONGEST`. The front page and the first sheet of each list are due in every run: they show what is new. A
list is followed sheet by sheet while it shows unknown nodes, or no row older than what was known; a sheet that only
repeats the one before is not the end, because deep sheets are stale for hours (SITE.md §5.3). All sheets are due at
least once in `DEEP_PASS`, which finds pages that were back-dated or missed.

A site may respond 200 to everything. What keeps a run finite: all URLs of a page count as one (`identity`); an endless
pager is left after `MAX_FRUITLESS_SHEETS`; new pages cannot keep a run from the known ones (`TURN`); a `Harvest` shows
when unknown nodes no longer bring anything; and a run's budget ends it wherever it is.

due       when a URL that had a response before is requested again
frontier  the URLs that a run still has to request
harvest   what the latest unknown URLs brought
identity  which URLs lead to the same page
"""

from postarchive.crawl.due import DEEP_PASS, LONGEST, SHORTEST, Seen, due_again
from postarchive.crawl.frontier import MAX_FRUITLESS_SHEETS, Due, Frontier, Scope, goes_on
from postarchive.crawl.harvest import HARVEST, Harvest
from postarchive.crawl.identity import identity

__all__ = [
    "DEEP_PASS",
    "HARVEST",
    "LONGEST",
    "MAX_FRUITLESS_SHEETS",
    "SHORTEST",
    "Due",
    "Frontier",
    "Harvest",
    "Scope",
    "Seen",
    "due_again",
    "goes_on",
    "identity",
]
