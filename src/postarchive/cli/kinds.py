"""The kinds of page, as options name them."""

from enum import StrEnum


class Kind(StrEnum):
    """What a page is."""

    NEWS = "news"
    STAMP = "stamp"
    LISTING = "listing"
    FOLDER = "folder"
    UNKNOWN = "unknown"
