"""The whole path from an answer to a row; live runs and rebuilds share it.

fold      one event of the evidence -> the rows that follow from it
archive   the folder: its lock, its repair after a crash, its rebuild
pages     URLs asked, one after the other, each with what became of it
"""

from postarchive.collect.archive import Rebuilt, open_archive, rebuild
from postarchive.collect.pages import FetchOptions, fetch_urls

__all__ = ["FetchOptions", "Rebuilt", "fetch_urls", "open_archive", "rebuild"]
