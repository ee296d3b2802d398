"""The kinds of page, as options name them."""

from enum import StrEnum
from typing import TYPE_CHECKING

from postarchive.record.kinds import NAMES

if TYPE_CHECKING:

    class Kind(StrEnum):
        """What a page is; the members are made of `record.kinds`, and asked for by value: `Kind("news")`."""

else:
    Kind = StrEnum("Kind", {name.upper(): name for name in NAMES})
