"""What the latest unknown URLs of a run brought: whether more requests are worthwhile."""

from collections import deque
from typing import Final

HARVEST: Final = 100  # the latest unknown URLs that count
POOR_HARVEST: Final = 90  # of these without a new record: the site responds, but not with pages


class Harvest:
    """What the latest unknown URLs of a run brought: a site that responds to everything soon brings nothing new."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._latest: deque[bool] = deque(maxlen=HARVEST)
        self._met: set[int] = set()

    def add(self, content: int | None) -> None:
        """Count an unknown URL; `content` is the mark of the record it brought, None if it brought none."""
        self._latest.append(content is not None and content not in self._met)
        if content is not None:
            self._met.add(content)

    def is_poor(self) -> bool:
        """Tell whether hardly any of the latest URLs brought a record that says something new."""
        return len(self._latest) == HARVEST and self._latest.count(False) >= POOR_HARVEST
