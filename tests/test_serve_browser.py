"""What a browser makes of the pages: no error, no request to another host, nothing that acts, nothing too wide.

And no violation of WCAG 2.2 AA that axe-core finds; it comes through npm when the tests begin. Debian's Chromium,
driven by Playwright; where there is no Chromium, or no axe-core, the tests are skipped and say so.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest

from archiving import HOME, HOST, Archivist, playing_site
from browsing import browsing
from fakesite import FIXTURES
from npm import brought
from postarchive.serve.about import QUERIES
from postarchive.serve.tables import DATABASE
from serving import EDITED_NODE, EVERY_KIND, HOSTILE_BODY, HOSTILE_NODE, news_page, server_over

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

SCREENS: "dict[str, ViewportSize]" = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 390, "height": 844},
}
# Titles that would make a page too wide, turn its lines around, or cover them with accents.
FLOODS = {
    230512001: "unbroken" * 1250,
    230512002: "a" + "\u0300\u0327" * 2000,
    230512003: "\u202eturned\u2066 around\u200b" * 20,
    230512004: "邮" * 3000,
}
PAGES = (
    "/",
    f"/-/search?q={quote('邮政')}",
    f"/-/article/{EDITED_NODE}",
    f"/-/article/{EDITED_NODE}?from=1&to=2",
    f"/-/article/{HOSTILE_NODE}",
    f"/-/article/{HOSTILE_NODE}/original",
    *(f"/-/article/{node}" for node in FLOODS),
    "/-/search?year=2023",
    "/-/stamps",
    "/-/stamps/checklist",
    "/-/article/25102112",
    f"/{DATABASE}",
    f"/{DATABASE}/articles?_search=mail&_facet=site",
    f"/{DATABASE}?sql=select+*+from+articles",
    *(f"/{DATABASE}/{query.name}{query.example}" for query in QUERIES[:1]),
)
PATIENCE_MS, SOON_MS = 10_000, 200
AXE = "axe-core@4.14.1"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Write a page into the open one, in which axe has been compiled: to open each takes as long as axe looks at it.
SHOW = """
async path => {
  const response = await fetch(path);
  const source = await response.text();
  history.replaceState(null, "", path);
  document.open();
  const loaded = new Promise(resolve => window.addEventListener("load", resolve, {once: true}));
  document.write(source);
  document.close();
  await loaded;
}
"""
# All that the tests read of it: to bring everything that axe says out of the browser takes as long as it looked.
RUN_AXE = """
async rules => {
  const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
  const violations = found.violations.map(one => [one.id, one.nodes.map(node => node.html.slice(0, 200))]);
  return [violations, found.passes.length];
}
"""
# Every event that a reader's mouse and keyboard would make, on all but the links that lead away.
TOUCH_ALL = """
() => {
  const all = [...document.querySelectorAll("main *")].filter(element => !element.closest("a[href^=http]"));
  for (const element of all)
    for (const name of ["mouseover", "mousedown", "click", "focus", "toggle", "error", "load"])
      element.dispatchEvent(new Event(name, {bubbles: true, cancelable: true}));
  return all.length;
}
"""


@dataclass
class Watched:
    """A page, and what went wrong or went out while it was looked at."""

    page: "Page"
    url: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self, path: str) -> int:
        """Go to a path and return the status."""
        response = self.page.goto(self.url + path)
        assert response is not None
        return response.status

    def hosts(self) -> set[str]:
        """Return whom the browser has asked."""
        return {urlsplit(address).netloc for address in self.asked}

    def is_too_wide(self, screen: "ViewportSize") -> bool:
        """Tell whether the page must be moved sideways on a screen of this size."""
        self.page.set_viewport_size(screen)
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))

    def is_harmed(self) -> bool:
        """Tell whether anything of the hostile page has run."""
        return bool(self.page.evaluate("window.harmed !== undefined"))


@pytest.fixture(scope="module")
def server(archive_of_all: Archivist, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    archivist = Archivist(tmp_path_factory.mktemp("browser") / "archive", archive_of_all.clock)
    shutil.copytree(archive_of_all.folder, archivist.folder)
    with pytest.MonkeyPatch.context() as patch, playing_site(patch) as site:
        pages = {f"{HOME}html1/report/23051/{node % 10000}-1.htm": node for node in FLOODS}
        for url, node in pages.items():
            site.edit(url, news_page(node, FLOODS[node], f"<p>{FLOODS[node]}</p>"))
        stamp = (FIXTURES / HOST / "html1/stamp/2510/2112-1.htm").read_text()
        for fact in ("Xu Lin &amp; Ma Lihang", "Beijing Stamp Printing House", "offset intaglio", "2025-20"):
            stamp = stamp.replace(fact, "unbroken" * 1250)
        site.edit(f"{HOME}html1/stamp/2510/2112-1.htm", stamp.encode())
        archivist.fetch(*pages, f"{HOME}html1/stamp/2510/2112-1.htm")
    with server_over(archivist.folder) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with browsing() as opened:
        yield opened


@pytest.fixture(scope="module", params=SCREENS)
def screen(request: pytest.FixtureRequest, browser: "Browser", server: str) -> Iterator[Watched]:
    context = browser.new_context(viewport=SCREENS[request.param])
    seen = Watched(context.new_page(), server)
    seen.page.set_default_timeout(PATIENCE_MS)
    seen.page.on("console", lambda message: seen.said.append(f"{message.type}: {message.text}"))
    seen.page.on("pageerror", lambda error: seen.said.append(str(error)))
    seen.page.on("dialog", lambda dialog: seen.said.append(f"dialog: {dialog.message}"))
    seen.page.on("request", lambda asked: seen.asked.append(asked.url))
    yield seen
    context.close()


@pytest.fixture
def watched(screen: Watched) -> Watched:
    screen.page.goto("about:blank")
    screen.said.clear()
    screen.asked.clear()
    return screen


@pytest.mark.parametrize("screen", ["desktop"], indirect=True)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_complete_and_requests_nothing_from_elsewhere(watched: Watched, path: str) -> None:
    status = watched.open(path)

    assert status == 200
    assert watched.said == []
    assert watched.hosts() == {urlsplit(watched.url).netloc}
    assert any(address.endswith("style.css") for address in watched.asked)
    assert [name for name in reversed(SCREENS) if watched.is_too_wide(SCREENS[name])] == []
    assert not watched.is_harmed()


def test_a_reader_finds_an_article_in_chinese(watched: Watched) -> None:
    watched.open("/")
    watched.page.get_by_role("searchbox").fill("高原公路")
    watched.page.get_by_role("button", name="Search").click()
    watched.page.get_by_role("link", name="邮政无人车驶上高原公路").click()

    assert watched.page.get_by_role("heading", level=1).inner_text() == "邮政无人车驶上高原公路"
    assert watched.page.get_by_text("清晨六点，邮件装车。").is_visible()
    assert watched.said == []


def test_a_reader_sees_what_changed_between_two_versions(watched: Watched) -> None:
    watched.open(f"/-/article/{EDITED_NODE}")
    watched.page.get_by_role("link", name="what changed").click()

    added, removed = watched.page.locator(".difference ins"), watched.page.locator(".difference del")
    assert (removed.inner_text(), added.inner_text()) == ("40", "4000")
    assert "line-through" in removed.evaluate("element => getComputedStyle(element).textDecorationLine")
    assert added.evaluate("element => getComputedStyle(element).backgroundColor") != "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize("form", ["", "/original"])
def test_the_hostile_page_stays_inert_when_all_of_it_is_touched(watched: Watched, form: str) -> None:
    watched.open(f"/-/article/{HOSTILE_NODE}{form}")
    touched = watched.page.evaluate(TOUCH_ALL)
    watched.page.wait_for_timeout(SOON_MS)

    assert watched.page.url == f"{watched.url}/-/article/{HOSTILE_NODE}{form}"
    assert touched > 10
    assert watched.page.get_by_text("Second paragraph says").is_visible()
    assert not watched.is_harmed()
    assert watched.said == []
    assert watched.hosts() == {urlsplit(watched.url).netloc}


def test_the_policy_alone_would_stop_the_hostile_page(watched: Watched) -> None:
    """If cleaning failed altogether: the stored body is put into a page as it is."""
    watched.open(f"/-/article/{EDITED_NODE}")
    watched.asked.clear()
    watched.page.locator("main").evaluate("(element, body) => { element.innerHTML = body }", HOSTILE_BODY)
    watched.page.evaluate(TOUCH_ALL)
    watched.page.wait_for_timeout(SOON_MS)

    assert not watched.is_harmed()
    assert any("Content Security Policy" in line for line in watched.said)
    assert watched.page.url == f"{watched.url}/-/article/{EDITED_NODE}"
    assert watched.page.frames[0].evaluate("document.body.innerText") != "gone"


# --- for everyone -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def with_axe(browser: "Browser", server: str) -> "Iterator[Page]":
    """Open a page in which axe may run: the policy of the pages lets no script run."""
    script = brought(AXE) / "axe.min.js"
    context = browser.new_context(bypass_csp=True)
    context.add_init_script(path=script)
    page = context.new_page()
    page.goto(server)
    yield page
    context.close()


@pytest.mark.parametrize("path", EVERY_KIND)
def test_axe_finds_no_violation(with_axe: "Page", path: str) -> None:
    """On a desktop, in light colours; and a third of the pages on a phone, in dark ones."""
    with_axe.set_viewport_size(SCREENS["desktop"])
    with_axe.emulate_media(color_scheme="light")
    with_axe.evaluate(SHOW, path)

    assert_accessible(with_axe)
    if path in EVERY_KIND[::3]:
        with_axe.set_viewport_size(SCREENS["phone"])
        with_axe.emulate_media(color_scheme="dark")
        assert_accessible(with_axe)


def assert_accessible(page: "Page") -> None:
    violations, passes = page.evaluate(RUN_AXE, RULES)
    assert violations == []
    assert passes > 10
