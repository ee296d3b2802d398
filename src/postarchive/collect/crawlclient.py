"""Request one thing from Common Crawl, and decide from the response whether the run may continue."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from postarchive.collect.run import Run
from postarchive.commoncrawl import BLOCKED_FOR
from postarchive.errors import Blocked, FetchError, Forbidden, SiteUnavailable, UnreadableInput
from postarchive.models import Capture, FetchResult, Headers
from postarchive.times import SLACK
from postarchive.urls import host_of, origin_of

BLOCKED: Final = "blocked"  # a kind of problem
TOO_MANY, SERVER_ERROR = 429, 500
PLAIN: Final[Headers] = (("Accept-Encoding", "identity"),)
T = TypeVar("T")


@dataclass(slots=True)
class CrawlClient:
    """A run's requests to Common Crawl; there are no more once it `has_given_up`."""

    run: Run
    has_given_up: bool = False

    def get(self, url: str, *headers: tuple[str, str]) -> Capture:
        """Request one URL without following redirects. Raises what `Run.get` raises."""
        return self.run.get(url, headers=(*PLAIN, *headers)).capture

    def guarded(self, url: str, request: Callable[[str], T]) -> T | FetchResult:
        """Make a request; return the failure when nothing usable came, and give up when Common Crawl has had enough."""
        try:
            return request(url)
        except Blocked as error:
            self.run.fail(url, BLOCKED, error.problem)
            advice = f"{error.problem}, and none will be for a day; run again then to continue where it stopped"
            return self._give_up(url, SiteUnavailable(error.subject, advice))
        except SiteUnavailable as error:
            return self._give_up(url, error)
        except Forbidden as error:  # by its robots.txt: our own rule was checked before
            return self._give_up(url, SiteUnavailable(origin_of(url), error.problem))
        except (FetchError, UnreadableInput) as error:
            if self._is_in_trouble(url):
                advice = "is in trouble or wants to be left alone; run again later to continue where it stopped"
                return self._give_up(url, SiteUnavailable(host_of(url), f"{advice} ({error.problem})"))
            return self.run.fail(url, "no-answer", error.problem)

    def still_blocked(self) -> FetchResult | None:
        """If Common Crawl locked us out less than a day ago, give up and return the failure; else return None."""
        found, now = self.run.store.runs.latest_problem(BLOCKED), self.run.options.now()
        if found is None or not now - BLOCKED_FOR < found[1] <= now + SLACK:
            return None
        url, until = found[0], found[1] + timedelta(minutes=1) + BLOCKED_FOR
        problem = f"has blocked this address; no requests until {until:%Y-%m-%d %H:%M} UTC; run again then"
        return self._give_up(url, SiteUnavailable(host_of(url), problem))

    def _give_up(self, url: str, error: SiteUnavailable) -> FetchResult:
        self.has_given_up = True
        return self.run.give_up(url, error)

    def _is_in_trouble(self, url: str) -> bool:
        """Tell whether the server said in its latest response that it is too busy, or asked to be left alone."""
        captures = self.run.store.captures
        responses = captures.responses_to(url.partition("#")[0])
        is_busy = bool(responses) and (responses[0][1] == TOO_MANY or responses[0][1] >= SERVER_ERROR)
        return is_busy or origin_of(url) in captures.cool_downs(self.run.options.now())


def status_of(response: Capture) -> str:
    """Return a response's status as a report names it."""
    return f"HTTP {response.status} {response.reason}".strip()
