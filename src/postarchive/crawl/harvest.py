"""What the latest unknown URLs of a run brought: whether it is worth asking on."""

from collections import deque
from typing import Final

HARVEST: Final = 100  # unknown URLs that are looked back on
POOR_HARVEST: Final = 90  # of them without a new record: the site answers, but not with pages


class Harvest:
    """What the latest unknown URLs of a run brought: a site that answers everything brings nothing new in the end."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._latest: deque[bool] = deque(maxlen=HARVEST)
        self._met: set[int] = set()

    def add(self, content: int | None) -> None:
        """Count an unknown URL; `content` is the mark of the record that it brought, None when it brought none."""
        self._latest.append(content is not None and content not in self._met)
        if content is not None:
            self._met.add(content)

    def is_poor(self) -> bool:
        """Tell whether hardly any of the latest URLs brought a record that says something new."""
        return len(self._latest) == HARVEST and self._latest.count(False) >= POOR_HARVEST
