"""What to ask next, and why. Pure: it is told what is known and what time it is.

New pages come first, found by links, breadth first; then known pages that are due. A page is due again after a quarter
of the time that it has stayed the same, so a young page is seen in nearly every run and an old one rarely, but each at
least once in `LONGEST`. The front page and the first sheet of each list are due in every run: they tell what is new.
A list is followed sheet by sheet while it shows unknown nodes, or no row yet older than what was known; a sheet that
only repeats the one before is no end, since deep sheets are stale for hours (SITE.md §5.3). All sheets are due at least
once in `DEEP_PASS`, which finds pages that were back-dated or missed.

A site may answer 200 to everything. What keeps a run finite: URLs of one page are one (`identity`); a pager that leads
on and on is left after `SHEETS_IN_VAIN`; new pages cannot keep a run from the known ones (`TURN`); a `Harvest` tells
when unknown nodes bring nothing any more; and the budget of `Scope` ends the run wherever it is.

due       when a URL that was answered before is asked again
frontier  the URLs of a run that are still to be asked
harvest   what the latest unknown URLs brought
identity  which URLs are one
"""

from postarchive.crawl.due import DEEP_PASS, LONGEST, SHORTEST, Seen, due_again
from postarchive.crawl.frontier import SHEETS_IN_VAIN, Due, Frontier, Scope, goes_on
from postarchive.crawl.harvest import HARVEST, Harvest
from postarchive.crawl.identity import identity

__all__ = [
    "DEEP_PASS",
    "HARVEST",
    "LONGEST",
    "SHEETS_IN_VAIN",
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
