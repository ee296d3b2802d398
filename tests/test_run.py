"""One run: what a redirect to a dead origin, a private address, and a crash between exchanges leave of it."""

import socket
from dataclasses import replace
from typing import Any

import pytest

from archiving import HOME, HOST, OTHER, PROXY_VARIABLES, ROBOTS, SEED, STAMP, Archivist
from commands import postarchive
from fakesite import FakeSite, Response, redirect, unavailable
from postarchive.collect import fetch_urls
from postarchive.errors import SiteUnavailable
from postarchive.models import Outcome
from postarchive.warc import read_events

SECURE_SEED = SEED.replace("http://", "https://")


def test_redirect_to_https_that_is_down_leaves_http_as_it_is(site: FakeSite, archivist: Archivist) -> None:
    """The fake site lets no tunnel through to https."""
    site.answer(OTHER, redirect(SECURE_SEED))

    results = archivist.fetch(OTHER, SEED, STAMP)

    assert [result.outcome for result in results] == [Outcome.FAILED, Outcome.NEW, Outcome.NEW]
    assert f"redirects to {SECURE_SEED}, which cannot be fetched" in (results[0].detail or "")
    assert archivist.rebuilt_differences() == []


def test_crawl_continues_when_a_page_redirects_to_https_that_is_down(site: FakeSite, archivist: Archivist) -> None:
    site.answer(OTHER, redirect(SECURE_SEED))

    results = archivist.crawl()

    asked = [url for url in site.urls if url.startswith(HOME) and url != ROBOTS]
    assert len(set(asked)) > 10
    assert [result.url for result in results if result.outcome is Outcome.FAILED] == [OTHER]


def test_named_url_of_an_origin_that_is_down_ends_with_69(site: FakeSite, archivist: Archivist) -> None:
    assert archivist.one(SEED).outcome is Outcome.NEW

    with pytest.raises(SiteUnavailable, match=f"https://{HOST}: robots.txt cannot be fetched"):
        archivist.fetch(SECURE_SEED)
    assert site.urls.count(SEED) == 1


def test_name_that_resolves_to_this_machine_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, archivist: Archivist
) -> None:
    def resolve(host: str, port: int, *_: object, **__: object) -> list[tuple[Any, ...]]:
        assert host == HOST
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    for name in (*PROXY_VARIABLES, "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    done = postarchive("fetch", SEED, "--archive", archivist.folder, "--quiet")

    assert done.returncode == 69
    assert done.stdout == ""
    (line,) = [line for line in done.stderr.splitlines() if "127.0.0.1" in line and "FAILED" not in line]
    assert line.endswith("nothing was requested")


def test_resolver_is_one_of_the_options(monkeypatch: pytest.MonkeyPatch, archivist: Archivist) -> None:
    for name in (*PROXY_VARIABLES, "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    options = replace(archivist.options, resolve=lambda _, __: ["10.0.0.1"])

    with pytest.raises(SiteUnavailable, match=r"10\.0\.0\.1"):
        list(fetch_urls(archivist.folder, [SEED], options=options))
    assert archivist.rows("SELECT count(*) FROM captures") == [(0,)]


def test_every_attempt_is_on_the_disk_before_the_next(site: FakeSite, archivist: Archivist) -> None:
    """Also robots.txt and what failed: the guest continues only when an exchange was recorded."""
    site.answer(SEED, unavailable(), unavailable(), Response(body=b"x"))
    on_disk: list[list[int]] = []

    def sleep(seconds: float) -> None:
        archivist.clock.sleep(seconds)
        file = archivist.files[0].relative_to(archivist.folder).as_posix()
        events = [event for event, _ in read_events(archivist.folder, file, body_of=lambda _: b"")]
        on_disk.append([event.status for event in events if hasattr(event, "status")])

    list(fetch_urls(archivist.folder, [SEED], options=replace(archivist.options, sleep=sleep)))

    assert on_disk == [[404, 503], [404, 503, 503]]
