"""A person's words as a query on the index: words, phrases, `-word`, `OR`, `title:word`."""

import re
import unicodedata
from collections import deque
from typing import NamedTuple

from postarchive.errors import UsageError
from postarchive.search.letters import UNSEEN, is_cjk, is_searchable
from postarchive.search.words import segment
from postarchive.startup import late

_BLANK = late("[\x00-\x1f\x7f\ud800-\udfff]")  # what SQLite does not accept in an expression
_SEEN = str.maketrans("", "", UNSEEN)
_CURLY_QUOTES = str.maketrans("“”„‟", '""""')

# -word  title:word  title:"two words"  -title:word  "two words"  word  and a lone quotation mark
_ITEM = re.compile(r'(?:(?<!\S)(?P<minus>-(?!-))?(?P<title>title:(?=\S))?)?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+|"))')

# Signs that make a different word of the letters they touch: C++   C#   AT&T   50%; the index ignores them.
_SIGNS = frozenset("+#&@%")
_TELLING = r"[^\W_][+#&@%]|[#@][^\W_]"


class Term(NamedTuple):
    """A word or phrase of a query, and what precedes it."""

    text: str
    in_title: bool = False
    is_excluded: bool = False
    is_or: bool = False


def parse_query(text: str) -> str | None:
    """Return the FTS5 expression for what a person typed; None when nothing in it can be searched for.

    Phrases are in double quotes, `-word` excludes, `OR` joins its two neighbours, `title:word` looks in titles only;
    all words must occur. Anything else is text, so no input is an FTS5 syntax error. Raises UsageError when only
    excluded words remain, or `OR` is next to one.
    """
    groups = groups_of(text)
    wanted = [group for group in groups if not group[0].is_excluded]
    excluded = [term for group in groups if len(group) == 1 for term in group if term.is_excluded]
    if any(term.is_excluded for group in groups if len(group) > 1 for term in group):
        raise UsageError(text, "OR cannot join an excluded word; write the -words after the others")
    if excluded and not wanted:
        raise UsageError(text, "only excluded words; add a word to search for")
    if not wanted:
        return None
    expression = " AND ".join(_any_of(group) for group in wanted)
    return f"({expression}) NOT {_any_of(excluded)}" if excluded else expression


def literals(text: str) -> tuple[str, ...]:
    """Return the words and phrases of a query that must match to the letter because of their signs: `C++`."""
    alone = (group[0] for group in groups_of(text) if len(group) == 1)
    return tuple(term.text for term in alone if not term.is_excluded and _is_telling(term.text))


def containing(text: str) -> str:
    """Return the pattern for `LIKE … ESCAPE '~'` that matches whatever contains a text."""
    escaped = text.replace("~", "~~").replace("%", "~%").replace("_", "~_")
    return f"%{escaped}%"


def _is_telling(text: str) -> bool:
    return not _SIGNS.isdisjoint(text) and re.search(_TELLING, text) is not None


def groups_of(query: str) -> list[list[Term]]:
    """Return the terms, those joined by `OR` in one group; an `OR` without two neighbours is a word like any other."""
    rest = deque(_terms(query))
    groups = []
    while rest:
        group = [rest.popleft()]
        while len(rest) > 1 and rest[0].is_or:
            rest.popleft()
            group.append(rest.popleft())
        groups.append(group)
    return groups


def _terms(query: str) -> list[Term]:
    seen = _BLANK.sub(" ", query).translate(_SEEN)
    text = unicodedata.normalize("NFKC", seen).translate(_CURLY_QUOTES)
    terms = (
        Term(
            found["word"] if found["phrase"] is None else found["phrase"],
            in_title=found["title"] is not None,
            is_excluded=found["minus"] is not None,
            is_or=found[0] == "OR",
        )
        for found in _ITEM.finditer(text)
    )
    return [term for term in terms if _is_searchable(term.text)]


def _is_searchable(text: str) -> bool:
    """Tell whether FTS5 sees a token here; an empty phrase finds nothing."""
    return any(map(is_searchable, text))


def _any_of(terms: list[Term]) -> str:
    alternatives = [f"title : {_phrase(term.text)}" if term.in_title else _phrase(term.text) for term in terms]
    return alternatives[0] if len(alternatives) == 1 else f"({' OR '.join(alternatives)})"


def _phrase(text: str) -> str:
    """Return one quoted phrase, without the single last character when a pair already covers it."""
    words = [word for word in segment(text).split() if _is_searchable(word)]
    if not is_cjk(words[-1]):
        return _quoted(words)
    if len(words) > 1 and len(words[-2]) > 1 and is_cjk(words[-2]):
        return _quoted(words[:-1])
    return f"{_quoted(words)} *"  # the index holds 邮 as the first half of a pair, or alone


def _quoted(words: list[str]) -> str:
    return '"' + " ".join(words).replace('"', '""') + '"'
