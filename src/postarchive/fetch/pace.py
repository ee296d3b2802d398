"""When a host may get the next request: a minimum pause between request starts, longer while the host is in trouble."""

import math
from collections.abc import Callable

from postarchive.fetch.limits import Limits

FIRST_DOUBLED_SECONDS = 0.5  # for a host without a pause


class Pace:
    """The pauses of hosts in one run; ports and schemes of a host share one."""

    def __init__(self, limits: Limits, monotonic: Callable[[], float]) -> None:
        """Begin with no requests; the monotonic clock is in seconds."""
        self._limits = limits
        self._monotonic = monotonic
        self._minimum = dict(limits.pauses)
        self._longer: dict[str, float] = {}
        self._starts: dict[str, float] = {}

    def set_minimum(self, host: str, seconds: float) -> None:
        """Keep at least this many seconds between requests to a host, as its robots.txt asks."""
        self._minimum[host] = max(self._minimum.get(host, 0.0), seconds)

    def wait_seconds(self, host: str) -> float:
        """Return how long a host must still be left alone; negative if it may get a request."""
        since_start = self._monotonic() - self._starts.get(host, -math.inf)
        return self._pause(host) - since_start

    def start(self, host: str) -> None:
        """Note that a request begins."""
        self._starts[host] = self._monotonic()

    def note(self, host: str, *, is_in_trouble: bool) -> None:
        """Double the pause of a host that is in trouble, and reset it when the host has recovered."""
        if not is_in_trouble:
            self._longer.pop(host, None)
        elif self._limits.max_pause_seconds:
            doubled = 2 * max(self._pause(host), FIRST_DOUBLED_SECONDS)
            self._longer[host] = min(doubled, self._limits.max_pause_seconds)

    def _pause(self, host: str) -> float:
        return max(self._limits.delay_seconds, self._minimum.get(host, 0.0), self._longer.get(host, 0.0))
