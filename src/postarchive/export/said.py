"""What a record says as one running text, for the search of other programs."""

from collections.abc import Iterator, Mapping

from postarchive.jsonvalue import Json


def said(record: Mapping[str, Json]) -> str:
    """Return subtitle, text, byline, facts of a stamp and titles of a list, a line each; empty when there is nothing.

    The title is left out: who searches has it beside the text.
    """
    return "\n".join(text for text in _texts(record) if isinstance(text, str) and text)


def _texts(record: Mapping[str, Json]) -> Iterator[Json]:
    yield record.get("subtitle")
    yield from _items(record.get("paragraphs"))
    stamp = record.get("stamp")
    for fact in _items(stamp.get("facts")) if isinstance(stamp, dict) else ():
        yield " ".join(str(part) for part in _items(fact) if part)
    for entry in _items(record.get("entries")):
        yield entry.get("title") if isinstance(entry, dict) else None
    yield record.get("source")
    yield record.get("editor")


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
