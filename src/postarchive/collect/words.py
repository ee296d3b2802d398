"""What of a record is searched."""

from postarchive.models import Json
from postarchive.search import segment


def words(document: dict[str, Json]) -> tuple[str, str]:
    """Return the two columns of the full-text index: the titles; and text, byline and stamp facts."""
    stamp = document.get("stamp")
    facts = _items(stamp.get("facts")) if isinstance(stamp, dict) else []
    pairs: list[Json] = [f"{fact[0]} {fact[1]}" for fact in facts if isinstance(fact, list) and fact[1]]
    texts = [*_items(document.get("paragraphs")), *pairs, document.get("source"), document.get("editor")]
    return _indexed([document.get("title"), document.get("subtitle")]), _indexed(texts)


def _indexed(values: list[Json]) -> str:
    return segment("\n".join(value for value in values if isinstance(value, str)))


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
