"""A site that answers 200 to everything: a run ends, says so, and the known pages are still looked after."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import cms
from archiving import HOME, LIST, SEED, Archivist
from cms import Row, paragraphs
from cms_frame import CATEGORY, FOLDER, Blocks, Node, document
from commands import Done, postarchive
from fakesite import FakeSite, Response
from postarchive.crawl import HARVEST, MAX_FRUITLESS_SHEETS
from postarchive.models import Address, Outcome
from postarchive.urls import parse_address

FEW = 24
FIRST = 23050000
FRONT = Node(id=14084030, title="Home", type=FOLDER, father=14084029)


@pytest.fixture
def archivist(tmp_path: Path, site: FakeSite) -> Archivist:
    assert site.urls == []
    return Archivist(tmp_path / "archive")


def href(node: int, sheet: int = 1, kind: str = "report") -> str:
    high, low = divmod(node, 10_000)
    return f"/html1/{kind}/{high}/{low}-{sheet}.htm"


def link(path: str) -> str:
    return f'<a href="{path}">more</a>'


def two_more(address: Address | None) -> str:
    """Return links to two nodes that no other page leads to."""
    place = address.node - FIRST if address and address.node >= FIRST else 0
    return link(href(FIRST + 2 * place + 1)) + link(href(FIRST + 2 * place + 2))


def endless_stories(url: str) -> Response:
    """Answer with a story of the node's own, and the way to two more."""
    address = parse_address(url)
    if address is None:
        return front_page(url)
    return Response(body=story(address, f"It tells of {address.node}.").encode())


def echoing_stories(url: str) -> Response:
    """Answer with the same story for each node."""
    address = parse_address(url)
    return front_page(url) if address is None else Response(body=story(address, "It tells of nothing.").encode())


def story(address: Address, text: str) -> str:
    content = cms.article("A story", paragraphs(text), byline=cms.byline("China Post News", "2023-05-01"))
    return document(Node(id=address.node, title="A story"), Blocks(content3=content, content2=two_more(address)))


def front_page(url: str) -> Response:
    """Answer with the front page, whatever is requested, with links to two more."""
    if url.endswith("robots.txt"):
        return Response(status=404)
    rows = [(Row(SEED, "A story", "2023-03-29"), "China Post")]
    blocks = Blocks(content1=cms.front_list(rows, LIST), content2=two_more(parse_address(url)))
    return Response(body=document(FRONT, blocks).encode())


def foreign_page(url: str) -> Response:
    """Answer with a page of no known kind and without the frame."""
    address = parse_address(url)
    node = f"<script>var node={{id:{address.node if address else 1},father:1,community:'x',type:113}}</script>"
    return Response(body=f"<html><head>{node}</head><body><p>Hello</p>{two_more(address)}</body></html>".encode())


def unreadable_page(url: str) -> Response:
    """Answer with a page that is not of the CMS."""
    return Response(body=f"<html><body><p>Hello</p>{two_more(parse_address(url))}</body></html>".encode())


def fill(site: FakeSite, invent: Callable[[str], Response]) -> None:
    """Play a site of nothing but the front page and what is made up."""
    site.remove(SEED)
    site.edit(HOME, front_page(HOME).body)
    site.answer_all(invent)
    site.remove(LIST)


def pages_asked(site: FakeSite) -> list[str]:
    return [url for url in site.urls if not url.endswith("robots.txt")]


def program(site: FakeSite, archivist: Archivist, command: str, *arguments: str) -> Done:
    return postarchive(command, "--archive", archivist.folder, *arguments, http_proxy=site.proxy_url)


def test_endless_site_is_fetched_up_to_the_budget_and_the_next_run_continues(
    site: FakeSite, archivist: Archivist
) -> None:
    fill(site, endless_stories)

    first = archivist.crawl(max_requests=FEW)
    asked = set(pages_asked(site))
    archivist.crawl(max_requests=FEW)

    assert len(asked) <= FEW
    assert {Outcome.NEW} <= {result.outcome for result in first}
    assert len(set(pages_asked(site)) - asked) > FEW // 2
    assert archivist.rebuilt_differences() == []


def test_spent_budget_is_reported_at_the_end_and_kept(site: FakeSite, archivist: Archivist) -> None:
    fill(site, endless_stories)

    done = program(site, archivist, "fetch", "--delay", "0", "--max-requests", str(FEW))

    ((counts,),) = archivist.rows("SELECT counts FROM runs")
    left = json.loads(str(counts))["left"]
    assert f"the run's budget is spent, {left} URLs wait for the next run." in done.stderr
    assert (done.returncode, int(left) > FEW // 2) == (0, True)


def test_crawl_has_a_default_budget(site: FakeSite, archivist: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postarchive.collect.pages.MAX_REQUESTS", FEW)
    fill(site, endless_stories)

    archivist.crawl()

    assert len(site.urls) <= FEW


def test_crawl_has_a_default_time_limit(site: FakeSite, archivist: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postarchive.collect.pages.MAX_SECONDS", 75.0)
    fill(site, endless_stories)

    archivist.crawl()  # each look at the clock takes a second

    assert FEW < len(site.urls) <= 75


def test_named_urls_have_no_default_budget(
    site: FakeSite, archivist: Archivist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postarchive.collect.pages.MAX_REQUESTS", 3)
    fill(site, endless_stories)
    urls = [f"{HOME}{href(FIRST + number)[1:]}" for number in range(6)]

    assert len(archivist.fetch(*urls)) == len(urls)


@pytest.mark.parametrize(
    "invent", [pytest.param(front_page, id="one page"), pytest.param(echoing_stories, id="one text")]
)
def test_unknown_nodes_that_bring_nothing_new_end_the_search_with_an_alarm(
    site: FakeSite, archivist: Archivist, invent: Callable[[str], Response]
) -> None:
    fill(site, invent)

    done = program(site, archivist, "fetch", "--delay", "0")
    checked = program(site, archivist, "check")

    assert (done.returncode, checked.returncode) == (4, 4)
    assert HARVEST <= len(pages_asked(site)) < 2 * HARVEST
    assert "the site answers URLs that have no page of their own" in done.stdout
    assert "the site answers URLs that have no page of their own" in checked.stdout.replace("\n", " ")
    assert archivist.rebuilt_differences() == []


@pytest.mark.parametrize(
    "invent", [pytest.param(foreign_page, id="no kind, no frame"), pytest.param(unreadable_page, id="refused")]
)
def test_links_of_pages_that_could_not_be_read_are_not_followed(
    site: FakeSite, archivist: Archivist, invent: Callable[[str], Response]
) -> None:
    fill(site, invent)

    archivist.crawl()
    archivist.crawl()

    made_up = {address.node for url in site.urls if (address := parse_address(url)) and address.node >= FIRST}
    assert made_up == {FIRST + 1, FIRST + 2}


def test_pager_without_end_is_left_for_the_next_run(site: FakeSite, archivist: Archivist) -> None:
    def endless_list(url: str) -> Response:
        address = parse_address(url)
        if address is None or address.kind != "category":
            return Response(status=404)
        pager = (
            f'<li id="PageNum"><a id=CBNext href="{href(address.node, address.sheet + 1, "category")}">Next</a></li>'
        )
        content = cms.news_list("News", [Row(SEED, "A story", "2099-03-29")], pager)
        head = Node(id=address.node, title="News", type=CATEGORY)
        return Response(body=document(head, Blocks(content3=content)).encode())

    site.edit(HOME, front_page(HOME).body)
    site.answer_all(endless_list)
    site.answer(LIST, endless_list(LIST))

    for _ in range(2):
        site.requests.clear()
        archivist.crawl()
        sheets = {url for url in site.urls if "/category/" in url}
        assert 2 < len(sheets) <= 2 * MAX_FRUITLESS_SHEETS + 4
