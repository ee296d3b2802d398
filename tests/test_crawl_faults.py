"""Everything a server can do to a crawl: the run ends, healthy pages are stored, and no other host is requested."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

import cms
import cms_news
from archiving import ENGLISH, HOME, HOST, SEED, Archivist, playing_site
from cms import Row, paragraphs
from cms_frame import CATEGORY, FOLDER, Blocks, Node, document
from fakesite import FIXTURES, FakeSite, Response, redirect, unavailable
from postarchive.cli.fetch import Tally
from postarchive.collect import FetchOptions, crawl
from postarchive.errors import SiteUnavailable
from postarchive.fetch import Limits
from postarchive.models import FetchResult, Outcome
from postarchive.urls import HOSTS, host_of
from running import started

NEW, FAILED = Outcome.NEW, Outcome.FAILED
LIST = f"{HOME}html1/category/1408/4050-1.htm"
LOADING = (FIXTURES.parent / "odd" / "loading.htm").read_bytes()
HEALTHY = 3  # articles beside the ill one
MEBIBYTE = 2**20
MAX_MEMORY_BYTES = 300 * MEBIBYTE
LONG_HEADER = b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * MEBIBYTE + b"\r\n\r\n"
MANY_HEADERS = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: x\r\n" % number for number in range(5000)) + b"\r\n"


def page(item: cms_news.News) -> bytes:
    """Return an article that leads nowhere: a page without the frame of the site."""
    return document(Node(id=item.node, title=item.title), Blocks(content3=item.content)).encode()


SEED_PAGE = page(cms_news.SEED)


def story(number: int) -> cms_news.News:
    """Return one of the healthy articles; between the nodes of two is room for an ill one."""
    title, date = f"Story number {number}", f"2020-{1 + number // 28:02}-{1 + number % 28:02}"
    content = cms.article(title, paragraphs("It was read once."), byline=cms.byline("China Post News", date))
    return cms_news.news(20010100 + 2 * number, title, date, content)


def url_of(number: int) -> str:
    return f"{HOME.rstrip('/')}{story(number).href}"


def url_between(number: int) -> str:
    """Return the URL of a broken article after a healthy one, also in order of nodes."""
    return f"{HOME}html1/report/2001/{101 + 2 * number}-1.htm"


def dynamic(url: str) -> str:
    """Return the second form of the address of an article."""
    high, low = url.removesuffix("-1.htm").split("/")[-2:]
    return f"{HOME}servlet/Node?node={high}{int(low):04}&language=1&pos=1"


@cache
def gzip_bomb() -> bytes:
    """Return a gzip member that unpacks to 512 MiB of zeros, more than a run may take; made of one repeated block."""
    block, times = bytes(16 * MEBIBYTE), 32
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(times):
        checksum = zlib.crc32(block, checksum)
    trailer = checksum.to_bytes(4, "little") + (len(block) * times % 2**32).to_bytes(4, "little")
    return b"\x1f\x8b\x08" + bytes(6) + b"\xff" + packed * times + packer.flush() + trailer


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSite]:
    """Play a site of a front page and a list; on the list the seed page is between three stories."""
    with playing_site(monkeypatch, root=None) as playing:
        fill(playing, [SEED])
        playing.edit(SEED, SEED_PAGE)
        yield playing


def fill(site: FakeSite, ill: list[str], articles: int = HEALTHY) -> None:
    """List each ill page between healthy ones, of which there are so many at least."""
    pairs = [(story(number).row, story(number)) for number in range(max(articles, len(ill) + 1))]
    rows = list(
        chain.from_iterable((row, Row(url, "Ill", "2023-03-29")) for (row, _), url in zip(pairs, ill, strict=False))
    )
    rows += [row for row, _ in pairs[len(ill) :]]
    front = document(
        Node(id=14084030, title="Home", type=FOLDER, father=14084029),
        Blocks(content1=cms.front_list([(rows[0], "China Post")], LIST.removeprefix(HOME.rstrip("/")))),
    )
    head = Node(id=cms.PRESSROOM, title="Pressroom", type=CATEGORY, father=cms.NEWS)
    site.edit(HOME, front.encode())
    site.edit(LIST, document(head, Blocks(content3=cms.news_list("Pressroom", rows))).encode())
    for number, (_, item) in enumerate(pairs):
        site.edit(url_of(number), page(item))


@dataclass
class Ended:
    """A run that has ended: what became of each page, its exit code, and how long it waited between requests."""

    folder: Path
    results: dict[str, FetchResult]
    exit_code: int
    waits: list[float] = field(default_factory=list)

    def outcome(self, url: str) -> Outcome:
        """Return what became of a page."""
        return self.results[url].outcome


def run(folder: Path, *, later: timedelta = timedelta(0)) -> Ended:
    """Make an incremental run that is less patient than usual, and sleeps by the name only."""
    ended, tally = Ended(folder, {}, 0), Tally()
    options = FetchOptions(
        limits=Limits(
            delay_seconds=0.0, timeout_seconds=0.3, total_seconds=0.7, max_body_bytes=4 * MEBIBYTE, attempts=2
        ),
        sleep=ended.waits.append,
        now=lambda: datetime.now(UTC) + later,
    )
    try:
        for result in crawl(folder, ENGLISH, options=options):
            tally.add(result)
            ended.results[result.url] = result
    except SiteUnavailable as error:
        ended.exit_code = error.exit_code
    ended.exit_code = ended.exit_code or tally.exit_code()
    return ended


def strangers(site: FakeSite) -> list[str]:
    """Return the requests outside the allow-list, and those that are not a plain GET."""
    return [
        f"{seen.method} {seen.url}" for seen in site.requests if seen.method != "GET" or host_of(seen.url) not in HOSTS
    ]


def in_seconds(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


# A fault, and a word of what is said about it.
FAULTS = {
    "500": (Response(status=500), "500"),
    "502": (Response(status=502), "502"),
    "503": (unavailable(), "503"),
    "503 and Retry-After in seconds": (unavailable(retry_after="5"), "503"),
    "503 and Retry-After as a date": (unavailable(retry_after=in_seconds(60)), "503"),
    "503 and Retry-After as noise": (unavailable(retry_after="soon"), "503"),
    "429": (Response(status=429), "429"),
    "429 and Retry-After in seconds": (Response(status=429, headers=(("Retry-After", "5"),)), "429"),
    "429 and Retry-After as a date": (Response(status=429, headers=(("Retry-After", in_seconds(60)),)), "429"),
    "403": (Response(status=403), "403"),
    "404 that is not confirmed": (Response(status=404), ""),
    "reset before a byte": (Response(raw=b""), ""),
    "reset in mid-body": (Response(body=SEED_PAGE, reset_after_bytes=900), ""),
    "short body": (Response(body=SEED_PAGE, missing_bytes=99), ""),
    "short chunked body": (Response(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), ""),
    "drip": (Response(body=SEED_PAGE, drip_seconds=0.1), "0.7 s"),
    "silence": (Response(is_silent=True), "timed out"),
    "endless body": (Response(is_endless=True), "larger"),
    "endless chunked body": (Response(is_endless=True, is_chunked=True), "larger"),
    "drip without end": (Response(is_endless=True, body=b"x", drip_seconds=0.05), "0.7 s"),
    "endless header": (Response(raw=LONG_HEADER), ""),
    "five thousand headers": (Response(raw=MANY_HEADERS), ""),
    "no HTTP": (Response(raw=b"SSH-2.0-OpenSSH_9.6\r\n"), ""),
    "half a header": (Response(raw=b"HTTP/1.1 200 OK\r\nContent-"), ""),
    "PDF": (Response(body=b"%PDF-1.4", content_type="application/pdf"), "application/pdf"),
    "page called a picture": (Response(body=SEED_PAGE, content_type="image/png"), "image/png"),
    "empty page": (Response(), ""),
    "noise": (Response(body=bytes(range(256)) * 9), ""),
    "loading page": (Response(body=LOADING), "loading"),
    "broken gzip": (Response(body=b"\x1f\x8bnoise", headers=(("Content-Encoding", "gzip"),)), ""),
    "redirect to itself": (redirect(SEED), "loop"),
    "redirect to and fro": (redirect(f"{HOME}html1/report/2304/1-1.htm"), "loop"),
    "redirect to this machine": (redirect("http://127.0.0.1:9/html1/report/2304/8456-1.htm"), "127.0.0.1"),
    "redirect to localhost": (redirect("http://localhost/"), "localhost"),
    "redirect to a private address": (redirect("http://10.0.0.1/html1/report/2304/8456-1.htm"), "10.0.0.1"),
    "redirect to a private address of IPv6": (redirect("http://[::1]/"), "::1"),
    "redirect to a cloud's metadata": (redirect("http://169.254.169.254/latest/"), "169.254.169.254"),
    "redirect to another host": (redirect("http://www.example.com/"), "www.example.com"),
    "redirect to another port": (redirect(f"http://{HOST}:8080/"), "8080"),
    "redirect to a file": (redirect("file:///etc/passwd"), "file"),
    "redirect to a script": (redirect("javascript:alert(1)"), "javascript"),
    "redirect to nowhere": (Response(status=302), "302"),
    "redirect with line ends": (redirect("/x%0d%0aSet-Cookie:%20a=b"), ""),
}


def break_page(site: FakeSite, url: str, name: str) -> None:
    """Let an article have a fault."""
    response = redirect(url) if name == "redirect to itself" else FAULTS[name][0]
    site.answer(url, response)
    if name == "redirect to and fro":
        site.answer(f"{HOME}html1/report/2304/1-1.htm", redirect(url))
    if name == "404 that is not confirmed":
        site.answer(dynamic(url), Response(status=500))


@pytest.mark.parametrize("name", ["500", "reset in mid-body", "endless body", "redirect to this machine"])
def test_fault_costs_one_page_and_exit_code_3(site: FakeSite, tmp_path: Path, name: str) -> None:
    break_page(site, SEED, name)

    ended = run(tmp_path)

    assert {url for url, result in ended.results.items() if result.outcome != NEW} == {SEED}
    assert ended.outcome(SEED) == FAILED
    assert all(ended.outcome(url) == NEW for url in (HOME, LIST, *map(url_of, range(HEALTHY))))
    assert strangers(site) == []
    assert ended.exit_code == 3
    assert Archivist(tmp_path).rebuilt_differences() == []


ILL = dict(zip(FAULTS, map(url_between, range(len(FAULTS))), strict=True))


@pytest.fixture(scope="module")
def ill(tmp_path_factory: pytest.TempPathFactory) -> tuple[FakeSite, Ended]:
    """Make one run of a site that has every fault, each between two healthy pages."""
    with pytest.MonkeyPatch.context() as patch, playing_site(patch, root=None) as site:
        fill(site, [*ILL.values()])
        for name, url in ILL.items():
            break_page(site, url, name)
        return site, run(tmp_path_factory.mktemp("ill"))


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_a_failure_of_its_page_that_says_why(ill: tuple[FakeSite, Ended], name: str) -> None:
    _, ended = ill
    result = ended.results[f"{HOME}x%0d%0aSet-Cookie:%20a=b" if name == "redirect with line ends" else ILL[name]]

    assert result.outcome == FAILED
    assert FAULTS[name][1] in (result.detail or "")


def test_all_faults_on_one_site_leave_the_healthy_pages(ill: tuple[FakeSite, Ended]) -> None:
    site, ended = ill
    healthy = {HOME, LIST, *map(url_of, range(len(FAULTS) + 1))}

    assert {url for url, result in ended.results.items() if result.outcome == NEW} == healthy
    assert [result.outcome for result in ended.results.values()].count(FAILED) == len(FAULTS)
    assert len(ended.results) == len(healthy) + len(FAULTS)
    assert (ended.exit_code, strangers(site)) == (3, [])
    assert Archivist(ended.folder).rebuilt_differences() == []


# What looks odd and is none the less a page.
ODDITIES = {
    "chunked": Response(is_chunked=True),
    "without a length": Response(has_length=False),
    "gzip that nobody asked for": Response(gzipped="declared"),
    "gzip that does not say so": Response(gzipped="silent"),
    "chunked gzip": Response(gzipped="declared", is_chunked=True),
    "wrong charset": Response(content_type="text/html; charset=iso-8859-1"),
    "wrong charset of the East": Response(content_type="text/html; charset=gb2312"),
    "charset that there is not": Response(content_type="text/html; charset=none-such"),
    "no Content-Type": Response(content_type=None),
    "Content-Type in capitals": Response(content_type="TEXT/HTML; Charset=UTF-8"),
    "a hundred headers less ten": Response(headers=tuple((f"X-{n}", "x" * 200) for n in range(90))),
    "cookies": Response(headers=(("Set-Cookie", "JSESSIONID=1; path=/"),)),
    "slow to begin": Response(delay_seconds=0.15),
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> tuple[FakeSite, Ended]:
    """Make one run of a site whose articles are all odd."""
    with pytest.MonkeyPatch.context() as patch, playing_site(patch, root=None) as site:
        fill(site, [], articles=len(ODDITIES))
        for number, oddity in enumerate(ODDITIES.values()):
            body = page(replace(cms_news.SEED, node=story(number).node))
            site.answer(url_of(number), replace(oddity, body=body))
        return site, run(tmp_path_factory.mktemp("odd"))


@pytest.mark.parametrize("name", ODDITIES)
def test_oddity_is_read_as_the_page_it_is(odd: tuple[FakeSite, Ended], name: str) -> None:
    _, ended = odd
    url = url_of([*ODDITIES].index(name))

    assert ended.outcome(url) == NEW
    assert "China Post’s capabilities" in str(Archivist(ended.folder).record(url)["paragraphs"])


def test_odd_pages_are_no_failure_and_no_cookie_comes_back(odd: tuple[FakeSite, Ended]) -> None:
    site, ended = odd

    assert {result.outcome for result in ended.results.values()} == {NEW}
    assert ended.exit_code == 0
    assert not any(seen.header("Cookie") for seen in site.requests)
    assert Archivist(ended.folder).rebuilt_differences() == []


PASSING = {
    "500": Response(status=500),
    "502": Response(status=502),
    "503": unavailable(),
    "503 and Retry-After": unavailable(retry_after="2"),
    "429": Response(status=429),
    "reset": Response(body=SEED_PAGE, reset_after_bytes=900),
    "short body": Response(body=SEED_PAGE, missing_bytes=99),
    "no response": Response(raw=b""),
    "silence": Response(is_silent=True),
}


@pytest.mark.parametrize("name", PASSING)
def test_passing_fault_costs_only_time(site: FakeSite, tmp_path: Path, name: str) -> None:
    site.answer(SEED, PASSING[name], Response(body=SEED_PAGE))

    ended = run(tmp_path)

    assert (ended.outcome(SEED), ended.exit_code) == (NEW, 0)
    assert max(ended.waits) >= 1.0


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_short_retry_after_is_waited_for(site: FakeSite, tmp_path: Path, status: int, form: str) -> None:
    wish = "90" if form == "seconds" else in_seconds(90)
    site.answer(SEED, Response(status=status, headers=(("Retry-After", wish),)), Response(body=SEED_PAGE))

    ended = run(tmp_path)

    assert (ended.outcome(SEED), ended.exit_code) == (NEW, 0)
    assert 85 < max(ended.waits) <= 90


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_long_retry_after_ends_the_requests(site: FakeSite, tmp_path: Path, form: str) -> None:
    site.answer(SEED, unavailable(retry_after="7200" if form == "seconds" else in_seconds(7200)))

    ended = run(tmp_path)

    assert ended.exit_code == 3
    assert site.urls[-1] == SEED
    assert max(ended.waits, default=0) < 10


def test_next_run_gets_what_a_fault_kept_away(site: FakeSite, tmp_path: Path) -> None:
    for name in ("500", "reset in mid-body", "loading page", "redirect to another host"):
        site.answer(SEED, FAULTS[name][0])
        archive = tmp_path / name
        run(archive)
        site.answer(SEED)

        ended = run(archive, later=timedelta(days=31))

        assert (ended.outcome(SEED), ended.exit_code) == (NEW, 0), name


def test_ten_pages_that_never_answer_do_not_keep_the_others_away_for_good(site: FakeSite, tmp_path: Path) -> None:
    ill = [f"{HOME}html1/report/1001/{number}-1.htm" for number in range(100, 112)]
    fill(site, ill)
    for url in ill:
        site.answer(url, Response(raw=b""))

    for days in range(4):
        run(tmp_path, later=timedelta(days=days))

    assert Archivist(tmp_path).rows("SELECT count(*) FROM pages WHERE kind = 'news'") == [(len(ill) + 1,)]


@pytest.mark.parametrize("url", [HOME, LIST], ids=["front page", "list"])
@pytest.mark.parametrize("name", ["500", "reset in mid-body", "silence", "loading page", "redirect to another host"])
def test_fault_of_a_page_that_leads_on_ends_the_run_and_the_next_completes(
    site: FakeSite, tmp_path: Path, url: str, name: str
) -> None:
    site.answer(url, FAULTS[name][0])
    assert run(tmp_path).exit_code == 3
    site.answer(url)

    assert run(tmp_path, later=timedelta(days=31)).exit_code == 0

    ((count,),) = Archivist(tmp_path).rows("SELECT count(*) FROM pages")
    assert count == HEALTHY + 3


# Pages far larger than any real one, which a server can send none the less.
LARGE = {
    "Chinese": "邮政发展，".encode(),
    "images": b"<img src=/a.jpg>",
    "links": b"<a href=/html1/report/2304/8456-1.htm>a</a>",
}


@pytest.mark.parametrize("name", LARGE)
def test_memory_stays_small_whatever_a_page_holds(site: FakeSite, tmp_path: Path, name: str) -> None:
    piece = LARGE[name]
    site.answer(SEED, Response(body=SEED_PAGE.replace(b"</p>", piece * (15 * MEBIBYTE // len(piece)), 1)))

    code, memory_bytes, text = measured(site, tmp_path)

    assert (code, memory_bytes < MAX_MEMORY_BYTES) == (3, True)
    assert "no page of the site" in text
    assert sum(line.startswith("NEW") for line in text.splitlines()) == HEALTHY + 2


@pytest.mark.parametrize("kind", ["declared gzip bomb", "silent gzip bomb", "endless body", "endless chunked body"])
def test_memory_stays_small_whatever_comes(site: FakeSite, tmp_path: Path, kind: str) -> None:
    headers = (("Content-Encoding", "gzip"),) if kind == "declared gzip bomb" else ()
    bomb = Response(body=gzip_bomb(), headers=headers) if "bomb" in kind else FAULTS[kind][0]
    site.answer(SEED, bomb)

    code, memory_bytes, text = measured(site, tmp_path)

    assert code == 3
    assert memory_bytes < MAX_MEMORY_BYTES
    assert sum(line.startswith("NEW") for line in text.splitlines()) == HEALTHY + 2
    assert "Traceback" not in text


def measured(site: FakeSite, archive: Path) -> tuple[int, int, str]:
    """Run the program in a process of its own; return its exit code, the most memory it held, and its lines."""
    arguments = (f"--archive={archive / 'archive'}", "--delay=0", "--timeout=2")
    with started("fetch", *arguments, http_proxy=site.proxy_url) as run_of_its_own:
        lines = "".join(run_of_its_own.communicate())
    return run_of_its_own.wait(), run_of_its_own.memory_bytes, lines
