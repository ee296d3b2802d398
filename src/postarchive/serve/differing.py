"""What changed between two versions of an article: the changes alone, the whole text with marks, or side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from datasette.utils.asgi import Request

from postarchive.errors import UsageError
from postarchive.record.differences import Difference, DiffPiece, differences, whole_texts
from postarchive.serve.asking import Row, language_of
from postarchive.serve.inwords import field_in_words
from postarchive.store.articles import ArticleVersion

UNREAD = ("kind", "node", "sheet")
VIEWS = {"changes": "Only what changed", "all": "Whole text", "sides": "Side by side"}


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a field in pieces, and its two sides: as the old version has it, and the new one."""

    pieces: tuple[DiffPiece, ...]

    @property
    def old(self) -> tuple[DiffPiece, ...]:
        """What the old version has; () when the line is new."""
        return tuple(piece for piece in self.pieces if piece.sign != "added")

    @property
    def new(self) -> tuple[DiffPiece, ...]:
        """What the new version has; () when the line is gone."""
        return tuple(piece for piece in self.pieces if piece.sign != "removed")

    @property
    def is_same(self) -> bool:
        """Whether both versions have it."""
        return all(piece.sign == "same" for piece in self.pieces)


def difference(request: Request, article: Row, old: ArticleVersion, new: ArticleVersion) -> dict[str, object]:
    """Return what the template needs. Raises UsageError when both versions are the same, or no such view exists."""
    if old is new:
        raise UsageError("", "Choose two different versions to compare.")
    view = request.args.get("view") or "changes"
    if view not in VIEWS:
        raise UsageError(f"view={view}", f"the choices are {', '.join(VIEWS)}")
    changed = differences(old.record, new.record)
    fields = changed if view == "changes" or not changed else _whole(old, new, {field.field for field in changed})
    sheet = {"sheet": request.args["sheet"]} if "sheet" in request.args else {}
    asked = sheet | {"from": str(old.number), "to": str(new.number)}
    return {
        "article": article,
        "old": old,
        "new": new,
        "links": [urlencode(sheet | {"version": str(version.number)}) for version in (old, new)],
        "view": view,
        "views": [(shown, f"?{urlencode(asked | {'view': name})}", name == view) for name, shown in VIEWS.items()],
        "changed": [field_in_words(field.field) for field in changed],
        "fields": [(field_in_words(field.field), list(map(DiffLine, field.lines))) for field in fields],
        "language": _language(fields),
    }


def _whole(old: ArticleVersion, new: ArticleVersion, changed: set[str]) -> list[Difference]:
    """Return the whole text in reading order, and whatever else changed."""
    whole = whole_texts(old.record, new.record)
    return [field for field in whole if field.field in changed or field.field not in UNREAD]


def _language(fields: Sequence[Difference]) -> str:
    return language_of(" ".join(piece.text for field in fields for line in field.lines for piece in line))
