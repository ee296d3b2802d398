"""The expected record of a fixture, as stored next to the page: without empty values, with its origin."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from postarchive.jsonvalue import Json, JsonObject

Origin = Literal["captured", "reconstructed"]
ABOUT = ("origin", "date_of_file")


def golden_path(page: Path) -> Path:
    """Return the path of a fixture's golden file: `1-1.json` for `1-1.htm`, `1-1.html.json` for `1-1.html`."""
    return page.with_name(f"{page.name}.json") if page.suffix == ".html" else page.with_suffix(".json")


def stated(record: Mapping[str, Json]) -> JsonObject:
    """Return a record without its empty values."""
    return {name: value for name, value in record.items() if value not in (None, [], "")}


def golden_text(record: Mapping[str, Json], *, origin: Origin, day: str) -> str:
    """Return the text of a golden file; `day` is the ISO date when the page was captured, or reconstructed."""
    about: JsonObject = {"origin": origin, "date_of_file": day}
    return json.dumps(about | stated(record), ensure_ascii=False, indent=1) + "\n"
