"""Whether everyone can use the pages of `serve`: valid HTML, and no violation of WCAG 2.2 AA that axe-core finds.

axe-core comes through npm when the tests begin, and looks in Debian's Chromium; without either, its tests are skipped.
"""

import asyncio
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, TypeAlias

import html5lib
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from archiving import Archivist
from npm import brought
from postarchive.serve import site
from postarchive.serve.tables import DATABASE
from serving import EDITED_NODE, HOSTILE_NODE, datasette_over, server_over

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = "axe-core@4.14.1"
QUIET = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync")
PAGES = (
    "/",
    "/-/search",
    "/-/search?q=邮政&since=2020&has=image",
    "/-/search?q=nothingofthekind",
    "/-/article/171164327",
    "/-/article/22033375",
    "/-/article/220613122",
    "/-/article/26091176",
    f"/-/article/{EDITED_NODE}?version=1",
    f"/-/article/{EDITED_NODE}?from=1&to=2&view=sides",
    f"/-/article/{EDITED_NODE}/original",
    f"/-/article/{HOSTILE_NODE}",
    f"/-/article/{HOSTILE_NODE}/original",
    f"/-/article/{EDITED_NODE}/calendar",
    "/-/calendar",
    "/-/stamps",
    "/-/stamps/checklist?year=2017",
    "/-/numbers",
    "/-/nothing",
    f"/{DATABASE}",
    f"/{DATABASE}/articles?_search=mail&_facet=site&kind=news",
    f"/{DATABASE}/stamps",
    f"/{DATABASE}/articles/9",
    f"/{DATABASE}?sql=select+*+from+articles",
    f"/{DATABASE}/stamps_of_a_year?year=2017",
    f"/{DATABASE}/gone",
)
LOOKS: dict[str, tuple[ViewportSize, Literal["light", "dark"]]] = {
    "desktop, light": (ViewportSize(width=1280, height=800), "light"),
    "phone, dark": (ViewportSize(width=390, height=844), "dark"),
}
SEEN = [(path, look) for path in PAGES for look in LOOKS if look == "desktop, light" or path in PAGES[::3]]
STYLE = Path(site.__file__).parent / "static" / "style.css"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6})")

Get: TypeAlias = Callable[[str], Any]


@pytest.fixture(scope="module")
def archive(archive_of_all: Archivist) -> Archivist:
    return archive_of_all


@pytest.fixture(scope="module")
def get(archive: Archivist) -> Iterator[Get]:
    with asyncio.Runner() as runner, datasette_over(archive.folder) as datasette:
        yield lambda path: runner.run(datasette.client.get(path))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *sandbox])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def server(archive: Archivist) -> Iterator[str]:
    with server_over(archive.folder) as url:
        yield url


@pytest.fixture(scope="module")
def pages(browser: Browser) -> Iterator[dict[str, Page]]:
    """Return an open page for each look."""
    contexts = {
        look: browser.new_context(viewport=viewport, color_scheme=scheme, bypass_csp=True)
        for look, (viewport, scheme) in LOOKS.items()
    }
    yield {look: context.new_page() for look, context in contexts.items()}
    for context in contexts.values():
        context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_valid_html(get: Get, path: str) -> None:
    source = get(path).text

    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(source)

    ids = [element.get("id") for element in tree.iter() if element.get("id") is not None]
    assert len(ids) == len(set(ids))
    assert len(list(tree.iter("h1"))) == 1 or path.endswith("/original")


@pytest.mark.parametrize(("path", "look"), SEEN)
def test_axe_finds_no_violation(pages: dict[str, Page], server: str, path: str, look: str) -> None:
    script = (brought(AXE) / "axe.min.js").read_text()
    page = pages[look]
    page.goto(server + path)
    page.evaluate(script)

    found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)

    assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found["violations"]] == []
    assert len(found["passes"]) > 10


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_on_each_ground(scheme: str) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1, also where axe sees no page of it."""
    light, dark = STYLE.read_text().split("prefers-color-scheme: dark", 1)
    colours = dict(COLOURS.findall(light)) | (dict(COLOURS.findall(dark)) if scheme == "dark" else {})

    for ground in ("paper", "card"):
        for ink in ("ink", "soft", "green", "vermilion"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for ground in ("found", "added", "removed", "green-ground", "vermilion-ground"):
        assert contrast(colours["ink"], colours[ground]) >= 4.5, ground
    for bar in ("bar", "bar-too", "edge"):
        assert contrast(colours[bar], colours["paper"]) >= 3.0, bar


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours such as #0b5d3b, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
