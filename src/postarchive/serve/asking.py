"""What all our pages need: rows of the copy, numbers from the address, the language of a text, a template."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response
from jinja2 import Environment

from postarchive.errors import UsageError
from postarchive.jsonvalue import Json, JsonObject
from postarchive.serve.tables import DATABASE

if TYPE_CHECKING:
    from postarchive.serve.database import Watched

T = TypeVar("T")
Row: TypeAlias = JsonObject
Found: TypeAlias = tuple[list[str], list[tuple[Any, ...]]]  # the names of the columns, and the rows

MAX_NUMBER = 1_000_000  # versions, sheets or pages of results
CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
MUCH_CHINESE = 0.2  # share of Chinese characters that makes a text Chinese, even with English words


async def rows(datasette: Datasette, sql: str, **values: Json) -> list[Row]:
    """Return the rows of one of our own statements over the copy."""
    return (await rows_of_all(datasette, (sql,), values))[0]


async def rows_of_all(datasette: Datasette, statements: Sequence[str], values: Mapping[str, Json]) -> list[list[Row]]:
    """Return the rows of several statements that take the same values, waiting for a thread only once."""
    found = await _own_rows(datasette, statements, values)
    return [[dict(zip(columns, row, strict=True)) for row in own] for columns, own in found]


async def found_by(datasette: Datasette, sql: str, **values: Json) -> list[tuple[Any, ...]]:
    """Return the rows of a statement of ours as tuples, where there may be many."""
    return (await _own_rows(datasette, (sql,), values))[0][1]


async def _own_rows(datasette: Datasette, statements: Sequence[str], values: Mapping[str, Json]) -> list[Found]:
    def ask(link: "Watched") -> list[Found]:
        return [link.own_rows(sql, values) for sql in statements]

    return await ask_copy(datasette, ask)


async def ask_copy(datasette: Datasette, ask: Callable[["Watched"], T]) -> T:
    """Return what a function finds in the copy, called in a thread with a connection to it."""
    found: T = await datasette.get_database(DATABASE).execute_fn(ask)
    return found


async def one(datasette: Datasette, sql: str, **values: Json) -> Row | None:
    """Return the first row of a statement; None when there is none."""
    return next(iter(await rows(datasette, sql, **values)), None)


async def page_from(
    datasette: Datasette, request: Request, template: str, context: Mapping[str, object], *, status: int = 200
) -> Response:
    """Return a page made from one of our templates, which see only the request and the values given here.

    They are rendered in one go: Datasette itself awaits each value, and asks all plugins for each page.
    """
    await datasette.invoke_startup()
    page = _in_one_go(datasette.jinja_env).get_template(template).render({**context, "request": request})
    return Response.html(page.encode(), status=status)


@lru_cache(maxsize=2)
def _in_one_go(templates: Environment) -> Environment:
    """Return the same templates and filters, compiled once and without `await`: no page looks at files."""
    return templates.overlay(enable_async=False, auto_reload=False)


def whole_number(text: str | None, name: str, *, default: int) -> int:
    """Return a number of at least 1 from the address, `default` if it has none. Raises UsageError for anything else."""
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= MAX_NUMBER:
        raise UsageError(f"{name}={text}", "a whole number from 1 on is needed")
    return int(text)


def int_or_zero(value: Json) -> int:
    """Return a number from a row; 0 for anything else."""
    return value if isinstance(value, int) else 0


def language_of(text: str) -> str:
    """Return the language to tell the browser, which chooses the shapes of Chinese characters by it."""
    length_bytes = len(text.encode(errors="surrogatepass"))
    if length_bytes <= (1 + 2 * MUCH_CHINESE) * len(text):  # a Chinese character has three bytes
        return "en"
    return "zh-Hans" if len(CHINESE.findall(text)) > MUCH_CHINESE * len(text) else "en"
