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

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postarchive.collect.archive import Rebuilt, open_archive, rebuild
    from postarchive.collect.pages import crawl, fetch_urls
    from postarchive.collect.run import CONTACT, FetchOptions

__all__ = ["CONTACT", "FetchOptions", "Rebuilt", "crawl", "fetch_urls", "open_archive", "rebuild"]

_HOMES = {
    "archive": ("Rebuilt", "open_archive", "rebuild"),
    "pages": ("crawl", "fetch_urls"),
    "run": ("CONTACT", "FetchOptions"),
}


def __getattr__(name: str) -> object:
    """Import a name when it is first used: what only reads the evidence, such as an export, need not load `fetch`."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__} has no attribute {name}")
