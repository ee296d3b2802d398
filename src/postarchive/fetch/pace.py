"""When a host may be asked again: a least pause between the starts of two requests, longer while it is in trouble."""

import math
from collections.abc import Callable

from postarchive.fetch.limits import Limits

FIRST_DOUBLED_SECONDS = 0.5  # of a host that is asked without a pause


class Pace:
    """The pauses of hosts in one run; ports and schemes of a host share one."""

    def __init__(self, limits: Limits, monotonic: Callable[[], float]) -> None:
        """Begin with nobody asked yet, by the monotonic clock in seconds."""
        self._limits = limits
        self._monotonic = monotonic
        self._least = dict(limits.pauses)
        self._longer: dict[str, float] = {}
        self._starts: dict[str, float] = {}

    def heed(self, host: str, seconds: float) -> None:
        """Keep at least so many seconds between requests to a host, for its robots.txt asks for them."""
        self._least[host] = max(self._least.get(host, 0.0), seconds)

    def wait_seconds(self, host: str) -> float:
        """Return how long a host must be left alone from now on; negative when it may be asked."""
        since_start = self._monotonic() - self._starts.get(host, -math.inf)
        return self._pause(host) - since_start

    def start(self, host: str) -> None:
        """Note that a request begins."""
        self._starts[host] = self._monotonic()

    def note(self, host: str, *, is_in_trouble: bool) -> None:
        """Double the pause of a host that is in trouble, and end that when it is well again."""
        if not is_in_trouble:
            self._longer.pop(host, None)
        elif self._limits.most_pause_seconds:
            doubled = 2 * max(self._pause(host), FIRST_DOUBLED_SECONDS)
            self._longer[host] = min(doubled, self._limits.most_pause_seconds)

    def _pause(self, host: str) -> float:
        return max(self._limits.delay_seconds, self._least.get(host, 0.0), self._longer.get(host, 0.0))
