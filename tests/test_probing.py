"""A first look at a host: what is requested, how much, and what happens on trouble."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

import cms_newer
from archiving import HOME, HOST, LIST, MIRROR_HOST, ROBOTS, SEED, Archivist
from commands import postarchive
from fakesite import FakeSite, Response, redirect, unavailable
from postarchive.collect.probing import MAX_REQUESTS, NO_PAGE, probe
from postarchive.errors import SiteUnavailable, UsageError
from postarchive.fetch import Limits
from postarchive.survey import Answer as Told
from postarchive.survey import Lack, Purpose, Requested, Visit, answers

MISSING = f"http://{HOST}{NO_PAGE[0]}"


@pytest.fixture
def site(small_site: FakeSite) -> FakeSite:
    return small_site


def look(archivist: Archivist, host: str = HOST, **limits: float) -> list[Requested]:
    """Return what a look at a host meets; the error that ends it early is left to `probe` itself."""
    options = replace(archivist.options, limits=Limits(delay_seconds=0.0, timeout_seconds=5.0, **limits))  # type: ignore[arg-type]
    met: list[Requested] = []
    with suppress(SiteUnavailable):
        met.extend(probe(archivist.folder, host, options=options))
    return met


def told(met: list[Requested], host: str = HOST) -> dict[str, Told]:
    return {answer.name: answer for answer in answers(Visit(host, tuple(met)))}


def test_a_look_answers_every_question_within_its_budget(site: FakeSite, archivist: Archivist) -> None:
    found = told(look(archivist))

    assert [name for name, answer in found.items() if answer.words is None] == []
    assert len(site.urls) <= MAX_REQUESTS


def test_no_url_is_requested_twice_except_with_its_validator(site: FakeSite, archivist: Archivist) -> None:
    look(archivist)

    plain = [seen.url for seen in site.requests if seen.header("If-None-Match") is None and seen.method == "GET"]
    assert len(plain) == len(set(plain))


def test_list_of_the_news_is_requested_before_other_lists(site: FakeSite, archivist: Archivist) -> None:
    """It is linked as `More`, too."""
    look(archivist)

    assert next(url for url in site.urls if "/category/" in url) == LIST


@pytest.mark.parametrize("most", [1, 2, 5, 8])
def test_smaller_budget_is_kept_and_what_it_leaves_is_named(site: FakeSite, archivist: Archivist, most: int) -> None:
    found = told(look(archivist, max_requests=most))

    assert len(site.urls) == most
    assert "all " in str(found["mirror"].why)


def test_budget_counts_what_brings_no_response(site: FakeSite, archivist: Archivist) -> None:
    site.answer_all(lambda _: Response(raw=b""))
    site.answer(ROBOTS, Response(status=404))

    look(archivist, max_requests=7)

    assert len(site.urls) <= 7


@pytest.mark.usefixtures("site")
def test_everything_is_kept_as_evidence_and_rows(archivist: Archivist) -> None:
    met = look(archivist)

    responses = sum(1 for item in met if item.capture is not None)
    assert archivist.rows("SELECT count(*) FROM captures") == [(responses,)]
    assert archivist.rows("SELECT count(*) > 10 FROM pages") == [(1,)]
    assert archivist.rebuilt_differences() == []


def test_impossible_page_is_never_requested_by_a_crawl(site: FakeSite, archivist: Archivist) -> None:
    look(archivist)
    site.requests.clear()

    archivist.clock.sleep(60 * 86_400)
    archivist.crawl()

    assert not {MISSING, f"http://{HOST}{NO_PAGE[1]}"} & set(site.urls)


def test_host_of_another_owner_is_refused(archivist: Archivist) -> None:
    with pytest.raises(UsageError):
        list(probe(archivist.folder, "example.org", options=archivist.options))


def test_newer_build_is_reported(site: FakeSite, archivist: Archivist) -> None:
    for name, html in cms_newer.newer_site().items():
        site.edit(cms_newer.url_of(name), html.encode())

    found = told(look(archivist))

    assert str(found["template"].words).startswith("newer build on ")
    assert str(found["line_ends"].words).startswith("LF on ")
    assert "#Content1 > div.conts: ReportIDname" in str(found["fields"].words)
    assert "发布时间：2025-11-07来源：China Post News" in str(found["byline"].words)


def test_page_whose_home_leads_nowhere_is_still_looked_at(site: FakeSite, archivist: Archivist) -> None:
    """Some pages of the site are known, and each names its list."""
    site.edit(HOME, b"<html><body>under construction</body></html>")

    met = look(archivist)

    assert {item.kind for item in met} >= {"news", "stamp", "listing"}


ODD_404S: dict[str, tuple[Callable[[], Response], str]] = {
    "the CMS's": (lambda: Response(status=404, body=b"<script>'/servlet/Node?node='</script>"), "whose script leads"),
    "an empty one": (lambda: Response(status=404), "HTTP 404 Not Found with an empty body"),
    "another server's": (lambda: Response(status=404, body=b"<title>nginx</title>"), "titled `nginx`"),
    "a redirect to the home page": (lambda: redirect("/"), "a redirect (302) to the home page"),
    "an error page with 200": (
        lambda: Response(body="<title>提示信息</title><body><div class=yl404>找不到</div>".encode()),
        "its status does not say",
    ),
    "410": (lambda: Response(status=410, body=b"gone"), "HTTP 410"),
    "500": (lambda: Response(status=500), "HTTP 500 after 2 attempts"),
    "a cut connection": (lambda: Response(raw=b""), "no complete response"),
}


@pytest.mark.parametrize("name", ODD_404S)
def test_form_of_a_missing_page_is_reported(site: FakeSite, archivist: Archivist, name: str) -> None:
    make, words = ODD_404S[name]
    site.answer(MISSING, make())

    assert words in str(told(look(archivist, max_requests=10))["not_found"].words)


def test_server_without_validators_is_reported(site: FakeSite, archivist: Archivist) -> None:
    site.answer(f"{HOME}html1/report/25111/263-1.htm", Response(body=site_page(site, SEED)))

    found = told(look(archivist, max_requests=6))["conditional"]

    assert found.facts["works"] is False
    assert "to send back" in str(found.words)


def site_page(site: FakeSite, url: str) -> bytes:
    page = site._page(url)  # noqa: SLF001 - what the site shows
    assert page is not None
    return page


def test_server_that_ignores_validators_is_reported(site: FakeSite, archivist: Archivist) -> None:
    article = f"{HOME}html1/report/25111/263-1.htm"
    headers = (("ETag", '"abc"'), ("Last-Modified", "Tue, 03 Jun 2025 08:00:00 GMT"))
    site.answer(article, Response(body=site_page(site, article), headers=headers))

    found = told(look(archivist, max_requests=6))["conditional"]

    assert found.facts == {"works": False, "If-None-Match": 200, "If-Modified-Since": 200}


def test_robots_txt_is_reported_and_obeyed(site: FakeSite, archivist: Archivist) -> None:
    rules = b"User-agent: *\nDisallow: /servlet/\nDisallow: /html1/stamp/\nCrawl-delay: 3\n"
    site.answer(ROBOTS, Response(body=rules, content_type="text/plain"))

    met = look(archivist)

    assert "Disallow: /servlet/" in str(told(met)["robots"].words)
    assert told(met)["robots"].facts["crawl_delay_seconds"] == 3
    assert not [url for url in site.urls if "/servlet/" in url or "/stamp/" in url]
    assert {item.lack for item in met if item.purpose is Purpose.STAMP} == {Lack.FORBIDDEN}


def test_host_that_forbids_everything_gets_no_further_request(site: FakeSite, archivist: Archivist) -> None:
    site.answer(ROBOTS, Response(body=b"User-agent: *\nDisallow: /\n", content_type="text/plain"))

    found = told(look(archivist))

    assert [url for url in site.urls if HOST in url and url.startswith("http:")] == [ROBOTS]
    assert "forbids" in str(found["template"].why)


def test_host_that_is_unavailable_ends_with_its_code_and_a_report(site: FakeSite, tmp_path: Path) -> None:
    site.answer(ROBOTS, unavailable())

    done = postarchive(
        *("probe", "--archive", tmp_path / "archive", "--delay", "0", "--format", "json"),
        http_proxy=site.proxy_url,
        https_proxy=site.proxy_url,
    )

    assert done.returncode == 69
    assert '"unanswered"' in done.stdout


def test_silent_host_is_left_alone_soon(site: FakeSite, archivist: Archivist) -> None:
    site.answer_all(lambda _: Response(raw=b""))
    for url in (HOME, *(f"{HOME}{path}" for path in ("html1/report/2304/8456-1.htm",))):
        site.answer(url, Response(raw=b""))
    site.answer(ROBOTS, Response(status=404))

    met = look(archivist)

    assert sum(1 for url in site.urls if url.startswith(f"http://{HOST}/")) <= 7
    assert any(str(item.problem).startswith("not requested: 3") for item in met)


def test_host_that_sends_retry_after_is_left_alone(site: FakeSite, archivist: Archivist) -> None:
    site.answer(HOME, unavailable("86400"))

    met = look(archivist)

    assert [item.lack for item in met if item.purpose is Purpose.HOME] == [Lack.RESTING]
    assert site.urls.count(HOME) == 1


def test_redirect_of_the_home_page_is_followed_on_the_host_alone(site: FakeSite, archivist: Archivist) -> None:
    site.answer(HOME, redirect("/html1/folder/1408/4030-1.htm", 301))
    site.answer(f"{HOME}html1/folder/1408/4030-1.htm", redirect("http://example.org/"))

    met = look(archivist)

    assert [item.status for item in met if item.purpose is Purpose.HOME] == [301, 302]
    assert not [url for url in site.urls if "example.org" in url]


def test_home_page_that_is_only_a_script_is_followed(site: FakeSite, archivist: Archivist) -> None:
    page = b"<html><body><script>window.location.href='/html1/folder/1408/4060-1.htm'</script></body></html>"
    site.edit(HOME, page)

    met = look(archivist)

    assert [item.url for item in met if item.purpose is Purpose.HOME] == [HOME, f"{HOME}html1/folder/1408/4060-1.htm"]
    assert any(item.kind == "listing" for item in met)


def test_mirror_with_the_same_article_is_reported(site: FakeSite, archivist: Archivist) -> None:
    article = f"{HOME}html1/report/25111/263-1.htm"
    site.edit(article.replace(HOST, MIRROR_HOST), site_page(site, article))

    assert "article on the mirror: the same record" in str(told(look(archivist))["mirror"].words)


@pytest.mark.usefixtures("site")
def test_https_that_cannot_be_had_is_reported(archivist: Archivist) -> None:
    found = told(look(archivist))["https"]

    assert found.facts == {"works": False}


def test_no_request_after_the_time_is_up(site: FakeSite, archivist: Archivist) -> None:
    options = replace(archivist.options, max_seconds=3.0)

    met = list(probe(archivist.folder, HOST, options=options))

    assert "time is up" in str(told(met)["mirror"].why)
    assert len(site.urls) < 5


HOSTILE: dict[str, Response] = {
    "noise": Response(body=bytes(range(256)) * 40),
    "an endless pager": Response(body=b"<div id=Content3><ul>" + b"<li id=PageNum><!--{total:999999}--></li>" * 200),
    "nested fields": Response(body=b"<span id='ReportIDname'>" * 1000 + b"<span id='ReportIDtext'>x"),
    "half a tag": Response(body=b"<div id=Content3><span id='ReportIDname"),
    "a huge node script": Response(body=b"<script>node={id:" + b"9" * 5000 + b"}</script><div id=Body>" + b"x " * 900),
    "gzip that is none": Response(body=b"\x1f\x8b\x08garbage"),
    "wrong media type": Response(body=b"%PDF-1.4", content_type="application/pdf"),
    "odd headers": Response(body=b"<p>x", headers=(("ETag", "\xff\xfe"), ("Last-Modified", "yesterday"))),
    "a location that is none": Response(status=301, headers=(("Location", "http://[broken"),)),
    "a status that is none": Response(status=999, body=b"?"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_server_gets_a_report_and_no_more_requests_than_allowed(
    site: FakeSite, archivist: Archivist, name: str
) -> None:
    answer = HOSTILE[name]
    site.answer_all(lambda _: answer)
    for url in (HOME, SEED, f"{HOME}html1/stamp/17116/4327-1.htm"):
        site.answer(url, answer)

    found = told(look(archivist))

    assert len(site.urls) <= MAX_REQUESTS
    assert all(answer.words or answer.why for answer in found.values())
    assert archivist.rows("SELECT count(*) FROM problems WHERE kind = 'bug'") == [(0,)]
