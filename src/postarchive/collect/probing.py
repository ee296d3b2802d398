"""A first look at a host: a few requests, each for a question that only the site itself can answer.

The most telling come first, so that a small budget answers the most. Everything is kept as evidence, as in a fetch.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeAlias

from postarchive.collect.archive import open_archive
from postarchive.collect.run import FetchOptions, Run, running
from postarchive.collect.unforeseen import described, is_unforeseen
from postarchive.errors import (
    BudgetSpent,
    FetchError,
    Forbidden,
    RetryLater,
    SiteUnavailable,
    UnreadableInput,
    UsageError,
)
from postarchive.fetch import is_html, redirect_target, user_agent
from postarchive.models import Capture, Headers
from postarchive.pages import Reading, read
from postarchive.record.kinds import OF_WORD
from postarchive.record.values import Listing
from postarchive.survey import Lack, Purpose, Requested
from postarchive.urls import ENGLISH, HOSTS, host_of, is_allowed, normalize, parse_address, path_of, resolve, site_of

MAX_REQUESTS: Final = 30
MAX_SECONDS: Final = 1800.0
ATTEMPTS: Final = 2
MAX_HOPS: Final = 3
MAX_SILENT: Final = 3  # requests in a row that brought nothing; more would be hammering
OK: Final = 200
LISTS, STAMPS, FOLDERS, ARTICLES = 5, 2, 2, 3  # how many of each are requested
LISTS_FOR_A_SHEET: Final = 3  # more, if none with a second sheet was found
# No node has an id this short, and no crawl takes this URL for a page.
NO_PAGE: Final = ("/html1/report/1/1-1.htm", "/servlet/Node?node=10001&language=1&pos=1")
# Columns of the English site known by name (SITE.md §2.5, §3.4), those with news first.
COLUMNS: Final = tuple(
    re.compile(name, re.IGNORECASE)
    for name in ("pressroom", "postman story", r"postal equipments?|airmail items?", r"\d{4} stamps")
)
# Pages that the English site once had, for when the home page leads to none of their kind (SITE.md §12).
ONCE_THERE: Final = {
    "news": "/html1/report/2304/8456-1.htm",
    "stamp": "/html1/stamp/17116/4327-1.htm",
    "listing": "/html1/category/17026/254-1.htm",
    "folder": "/html1/folder/171067/1220-1.htm",
}
# window.location.href='/html1/folder/1408/4030-1.htm'
SCRIPT_REDIRECT: Final = re.compile(rb"\blocation(?:\.href)?\s{0,3}=\s{0,3}['\"]([^'\"<>\s]{1,300})['\"]")
KIND_PURPOSES: Final = {
    "news": Purpose.ARTICLE,
    "stamp": Purpose.STAMP,
    "listing": Purpose.LIST,
    "folder": Purpose.FOLDER,
}
Walk: TypeAlias = Iterator[Requested]


def probe(archive: Path, host: str, *, options: FetchOptions, report: Callable[[int], None] = lambda _: None) -> Walk:
    """Look at a host of the allow-list, and yield each URL that was requested with the result.

    `report` gets the number of requests begun so far. At most MAX_REQUESTS are made, fewer if the options limit them.
    Raises UsageError for a host that is not China Post's, and what `fetch_urls` raises: SiteUnavailable at the end when
    the host could not be reached, Interrupted when a person stopped it.
    """
    if host not in HOSTS:
        raise UsageError(host, f"is not a China Post host; known hosts: {', '.join(HOSTS)}")
    user_agent(options.contact)
    options = _bounded(options)

    def work(run: Run) -> Walk:
        for met in _Look(run, host, options.monotonic()).all():
            report(run.requests)
            yield met

    with open_archive(archive, wait_seconds=options.wait_seconds, report_damage=options.report_damage) as store:
        yield from running(archive, store, options, details=(("probe", host),), work=work)


def _bounded(options: FetchOptions) -> FetchOptions:
    most = min(options.limits.max_requests or MAX_REQUESTS, MAX_REQUESTS)
    limits = replace(options.limits, attempts=min(options.limits.attempts, ATTEMPTS), max_requests=most)
    return replace(options, limits=limits, max_seconds=options.max_seconds or MAX_SECONDS)


@dataclass(slots=True)
class _Leads:
    """Where the pages seen so far lead, by kind: each URL once, with its link's text."""

    host: str
    _found: dict[str, dict[str, str]] = field(default_factory=dict)

    def learn(self, url: str, reading: Reading) -> None:
        """Add the links of a page that a person can see, and the list that its node script names."""
        labels = {link.href: reading.tree.line(link) for link in reading.tree.links_in(reading.tree.whole)}
        for link in reading.links():
            self._add(normalize(resolve(url, link)), labels.get(link) or "")

    def of(self, kind: str) -> list[tuple[str, str]]:
        """Return the URLs of a kind with their labels, named columns first; last a page that once existed."""
        found = sorted(self._found.get(kind, {}).items(), key=lambda item: _rank(item[1]))
        once = f"http://{self.host}{ONCE_THERE[kind]}"
        is_needed = site_of(self.host) == ENGLISH and (kind == "listing" or not found)
        return [*found, (once, "")] if is_needed and once not in dict(found) else found

    def _add(self, url: str, label: str) -> None:
        address = parse_address(url)
        kind = OF_WORD.get(address.kind) if address is not None else None
        if kind in KIND_PURPOSES and host_of(url) == self.host and is_allowed(url) and address and address.sheet == 1:
            urls = self._found.setdefault(kind or "", {})
            if not urls.get(url) or _rank(label) < _rank(urls[url]):
                urls[url] = label  # of several links, the one that names a column


def _way_on(met: Requested, capture: Capture) -> str | None:
    """Return where a response leads: a redirect, or a page that is only a script redirect (SITE.md §5.2)."""
    script = SCRIPT_REDIRECT.search(capture.body) if met.refusal is not None else None
    if script is None:
        return redirect_target(capture)
    return normalize(resolve(capture.url, script[1].decode(errors="replace")))


def _rank(label: str) -> int:
    return next((rank for rank, name in enumerate(COLUMNS) if name.fullmatch(label.strip())), len(COLUMNS))


@dataclass(slots=True)
class _Look:
    """A look at a host in progress: what is known so far, and what was requested."""

    run: Run
    host: str
    started: float
    leads: _Leads = field(init=False)
    _requested: set[str] = field(default_factory=set)
    _silent: int = 0
    _has_sheet: bool = False
    _article: Requested | None = None

    def __post_init__(self) -> None:
        self.leads = _Leads(self.host)

    def all(self) -> Walk:
        """Request what answers the questions, the most telling first."""
        yield from self._home()
        yield from self._some("news", 1)
        yield from self._again()
        yield from self._missing()
        yield from self._some("listing", 2)
        yield from self._mirror()
        yield from self._request(Purpose.HTTPS, f"https://{self.host}/")
        yield from self._some("stamp", 1)
        yield from self._some("folder", 1)
        yield from self._some("listing", LISTS - 2)
        yield from self._some("stamp", STAMPS - 1)
        yield from self._some("news", ARTICLES - 1)
        yield from self._some("folder", FOLDERS - 1)
        yield from self._newer_forms()
        for _ in range(LISTS_FOR_A_SHEET):
            if not self._has_sheet:
                yield from self._some("listing", 1)

    def _home(self) -> Walk:
        """Request the home page, and where it leads; the host is unavailable when nothing comes."""
        url: str | None = f"http://{self.host}/"
        for _ in range(MAX_HOPS):
            if url is None or host_of(url) != self.host or url in self._requested:
                return
            asked, url = url, None
            for met in self._request(Purpose.HOME, asked):
                yield met
                if met.purpose is Purpose.HOME and met.capture is not None:
                    url = _way_on(met, met.capture)

    def _some(self, kind: str, most: int) -> Walk:
        """Request some pages of a kind not yet requested; for a list with several sheets, the second one too."""
        for url, label in [lead for lead in self.leads.of(kind) if lead[0] not in self._requested][:most]:
            for met in self._request(KIND_PURPOSES[kind], url, label=label or None):
                yield met
                if kind == "news" and met.reading is not None:
                    self._article = self._article or met
                if met.purpose is Purpose.LIST and met.reading is not None:
                    yield from self._next_sheet(met.reading)

    def _next_sheet(self, reading: Reading) -> Walk:
        page = reading.page
        if self._has_sheet or not isinstance(page, Listing) or page.next_url is None:
            return
        if host_of(page.next_url) == self.host:
            self._has_sheet = True
            yield from self._request(Purpose.SHEET, normalize(page.next_url))

    def _again(self) -> Walk:
        """Request the article again, with each validator that it came with."""
        capture = self._article.capture if self._article is not None else None
        if capture is None:
            return
        for purpose, header, name in (
            (Purpose.BY_ETAG, "If-None-Match", "ETag"),
            (Purpose.BY_TIME, "If-Modified-Since", "Last-Modified"),
        ):
            if (value := capture.header(name)) is not None:
                yield from self._request(purpose, capture.url, headers=((header, value),))

    def _missing(self) -> Walk:
        for purpose, path in zip((Purpose.MISSING, Purpose.MISSING_DYNAMIC), NO_PAGE, strict=True):
            yield from self._request(purpose, f"http://{self.host}{path}")

    def _mirror(self) -> Walk:
        """Request the home page and the article from each other host of the same site."""
        for other in (host for host in HOSTS if site_of(host) == site_of(self.host) and host != self.host):
            yield from self._request(Purpose.MIRROR, f"http://{other}/")
            if self._article is not None:
                yield from self._request(Purpose.MIRRORED, f"http://{other}{path_of(self._article.url)}")

    def _newer_forms(self) -> Walk:
        """Request the article in the newer grammar of the Chinese site (SITE.md §2.3)."""
        address = parse_address(self._article.url) if self._article is not None else None
        if address is None:
            return
        node = str(address.node)
        for purpose, layer in ((Purpose.CHINESE_FORM, "cn"), (Purpose.ENGLISH_FORM, "en")):
            path = f"/{layer}/{address.kind}/{node[:4]}/{node[4:].lstrip('0') or '0'}-{address.sheet}.htm"
            yield from self._request(purpose, f"http://{self.host}{path}")

    def _request(self, purpose: Purpose, url: str, *, label: str | None = None, headers: Headers = ()) -> Walk:
        """Request a URL, and yield what came: robots.txt on the way, and the response or why there is none."""
        self._requested.add(url)
        if self.run.is_over(self.started):
            yield Requested(purpose, url, label=label, lack=Lack.SPENT, problem="not requested: time is up")
            return
        is_own = host_of(url) == self.host and url.startswith("http://")
        if is_own and self._silent >= MAX_SILENT:
            problem = f"not requested: {MAX_SILENT} requests in a row to the host brought nothing"
            yield Requested(purpose, url, label=label, lack=Lack.SILENT, problem=problem)
            return
        met = Requested(purpose, url, label=label)
        try:
            for recorded in self.run.each(url, headers=headers):
                met = self._met(purpose, recorded.capture, label)
                if path_of(recorded.capture.url) == "/robots.txt":
                    yield replace(met, purpose=Purpose.ROBOTS)
        except (FetchError, SiteUnavailable, BudgetSpent, UsageError) as error:
            met = self._lacking(met, url, error)
        if is_own:
            self._silent = self._silent + 1 if met.lack is Lack.SILENT else 0
        if met.reading is not None and host_of(url) == self.host:
            self.leads.learn(url, met.reading)
        yield met

    def _met(self, purpose: Purpose, capture: Capture, label: str | None) -> Requested:
        """Return what came, read as a page if it says it is one."""
        met = Requested(purpose, capture.url, capture, label)
        if capture.status != OK or path_of(capture.url) == "/robots.txt":
            return met
        if not is_html(capture):
            return replace(met, refusal=f"Content-Type is {capture.header('Content-Type')}, not a page's")
        try:
            return replace(met, reading=read(capture))
        except UnreadableInput as error:
            return replace(met, refusal=error.problem)
        except Exception as error:
            if not is_unforeseen(error):
                raise
            return replace(met, refusal=described(error, capture.url))

    def _lacking(
        self, met: Requested, url: str, error: FetchError | SiteUnavailable | BudgetSpent | UsageError
    ) -> Requested:
        """Return that no usable response came, and keep the reason in the evidence."""
        lack = next(lack for kind, lack in _LACKS if isinstance(error, kind))
        if met.purpose is Purpose.HOME and isinstance(error, SiteUnavailable):
            self.run.give_up(url, error)
        elif lack is not Lack.SPENT:
            self.run.fail(url, "forbidden" if lack is Lack.FORBIDDEN else "no-answer", error.problem)
        return Requested(met.purpose, url, label=met.label, lack=lack, problem=error.problem)


_LACKS: Final[tuple[tuple[type[Exception], Lack], ...]] = (
    (Forbidden, Lack.FORBIDDEN),
    (RetryLater, Lack.RESTING),
    (BudgetSpent, Lack.SPENT),
    (Exception, Lack.SILENT),
)
