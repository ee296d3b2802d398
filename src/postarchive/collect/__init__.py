"""The whole path from a response to a row, shared by live runs and rebuilds.

fold      one event of the evidence -> the rows that follow from it
archive   the folder: its lock, its repair after a crash, its rebuild
damage    what is done about damaged evidence
journal   a run as it is kept: opened, written and closed by fetches, imports and seals
run       one run over the network: its guest, its budget, and the outcome of each URL
pages     the URLs that a person names, and the incremental run that finds its own
planning  what a run would request, and nothing more
probing   a first look at a host
imports   what others captured, in its own run
exports   the responses read back from the evidence, for export
"""

from postarchive.collect.archive import Rebuilt, open_archive, rebuild
from postarchive.collect.pages import crawl, fetch_urls
from postarchive.collect.run import CONTACT, FetchOptions

__all__ = ["CONTACT", "FetchOptions", "Rebuilt", "crawl", "fetch_urls", "open_archive", "rebuild"]
