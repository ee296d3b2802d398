"""Keep the record of China Post's English news: fetch, preserve, parse, store, search."""

__version__ = "0.1.0"
