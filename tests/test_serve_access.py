"""Whether everyone can use the pages of `serve`, as far as their source says: valid HTML, and colours with contrast.

`test_serve_browser` lets axe-core look at the same pages.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import html5lib
import pytest

from archiving import Archivist
from postarchive.serve import site
from serving import EVERY_KIND, datasette_over

STYLE = Path(site.__file__).parent / "static" / "style.css"
COLOURS = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6})")

Get: TypeAlias = Callable[[str], Any]


@pytest.fixture(scope="module")
def archive(archive_of_all: Archivist) -> Archivist:
    return archive_of_all


@pytest.fixture(scope="module")
def get(archive: Archivist) -> Iterator[Get]:
    with asyncio.Runner() as runner, datasette_over(archive.folder) as datasette:
        yield lambda path: runner.run(datasette.client.get(path))


@pytest.mark.parametrize("path", EVERY_KIND)
def test_a_page_is_valid_html(get: Get, path: str) -> None:
    source = get(path).text

    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(source)

    ids = [element.get("id") for element in tree.iter() if element.get("id") is not None]
    assert len(ids) == len(set(ids))
    assert len(list(tree.iter("h1"))) == 1 or path.endswith("/original")


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
