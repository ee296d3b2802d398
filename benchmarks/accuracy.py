"""Compare what general article extractors find on the news fixtures with what postarchive finds.

Each is compared with the fixture's golden record. This parser wrote these records and a person checked them against
the pages, so our own row only shows that nothing has slipped since; look at what the others miss. An extractor that is
not installed is left out. All get the same bytes and the page's URL, and no network.
"""

import importlib
import json
import re
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

from postarchive.models import Capture
from postarchive.pages import parse
from postarchive.record.values import to_json

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "html"
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
TOKEN = re.compile(r"[\u3400-\u9fff]|\w+")  # a Chinese character is a word of its own


@dataclass(frozen=True, slots=True)
class Found:
    """What an extractor found on a page; None if it found nothing. The date is ISO, the text one string."""

    title: str | None
    date: str | None
    text: str


@dataclass(frozen=True, slots=True)
class News:
    """A news fixture: the response, and its golden record."""

    capture: Capture
    golden: Found


Extractor: TypeAlias = Callable[[Capture], Found]


def main() -> int:
    """Print the table; return 1 if our own row is not perfect."""
    pages = list(news())
    scores = {name: scored(extract, pages) for name, extract in extractors().items()}
    print(f"{len(pages)} news pages")
    print(f"{'':15}{'title':>9}{'date':>9}{'body F1':>9}{'worst':>9}")
    for name, (title, date, body, worst) in scores.items():
        print(f"{name:15}{title:9.1%}{date:9.1%}{body:9.3f}{worst:9.3f}")
    return 0 if all(score == 1 for score in scores["postarchive"]) else 1


def news() -> Iterable[News]:
    """Yield every news page of the fixtures with its golden record."""
    for path in sorted(FIXTURES.rglob("*.json")):
        golden = json.loads(path.read_text(encoding="utf-8"))
        if golden["kind"] == "news":
            body = page_beside(path).read_bytes()
            capture = Capture(golden["url"], WHEN, 200, (("Content-Type", "text/html"),), body)
            text = "\n".join(golden.get("paragraphs", []))
            yield News(capture, Found(golden.get("title"), golden.get("date"), text))


def page_beside(golden: Path) -> Path:
    """Return the page of a golden file: `8456-1.json` stands beside `8456-1.htm`, `1-1.html.json` beside `1-1.html`."""
    return golden.with_suffix("") if golden.stem.endswith(".html") else golden.with_suffix(".htm")


def extractors() -> dict[str, Extractor]:
    """Return the installed extractors by name."""
    found: dict[str, Extractor] = {"postarchive": with_postarchive}
    for module, name, make in (
        ("trafilatura", "trafilatura", with_trafilatura),
        ("newspaper", "newspaper4k", with_newspaper),
    ):
        try:
            found[name] = make(importlib.import_module(module))
        except ModuleNotFoundError:
            print(f"{name} is not installed; left out", file=sys.stderr)
    return found


def with_postarchive(capture: Capture) -> Found:
    """Read a page as `postarchive parse` does."""
    found = to_json(parse(capture))
    paragraphs = found["paragraphs"]
    text = "\n".join(map(str, paragraphs)) if isinstance(paragraphs, list) else ""
    return Found(_text(found["title"]), _text(found["date"]), text)


def with_trafilatura(trafilatura: ModuleType) -> Extractor:
    """Return trafilatura's extraction, with tables, title and date."""

    def extract(capture: Capture) -> Found:
        found = trafilatura.bare_extraction(capture.body, url=capture.url, with_metadata=True, include_tables=True)
        if found is None:
            return Found(None, None, "")
        return Found(_text(found.title), _text(found.date), found.text or "")

    return extract


def with_newspaper(newspaper: ModuleType) -> Extractor:
    """Return newspaper's extraction. It takes text, so it is given the right charset for free."""

    def extract(capture: Capture) -> Found:
        article = newspaper.Article(capture.url)
        article.download(input_html=_decoded(capture.body))
        article.parse()
        date = article.publish_date
        return Found(_text(article.title), date.date().isoformat() if date else None, article.text)

    return extract


def scored(extract: Extractor, pages: list[News]) -> tuple[float, float, float, float]:
    """Return the shares of exact titles and dates, and the mean and smallest overlap of the bodies."""
    found = [extract(page.capture) for page in pages]
    pairs = list(zip(found, (page.golden for page in pages), strict=True))
    overlaps = [token_f1(mine.text, golden.text) for mine, golden in pairs]
    return (
        statistics.mean(mine.title == golden.title for mine, golden in pairs),
        statistics.mean(mine.date == golden.date for mine, golden in pairs),
        statistics.mean(overlaps),
        min(overlaps),
    )


def token_f1(mine: str, golden: str) -> float:
    """Return the harmonic mean of precision and recall of the words; 1.0 if both are empty."""
    words, expected = Counter(TOKEN.findall(mine)), Counter(TOKEN.findall(golden))
    common = (words & expected).total()
    if not common:
        return float(words == expected)
    return 2 * common / (words.total() + expected.total())


def _text(value: object) -> str | None:
    return str(value) if value else None


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("gb18030", errors="replace")


if __name__ == "__main__":
    sys.exit(main())
