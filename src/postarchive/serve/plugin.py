"""Our part of Datasette: its hooks, for one instance, while that is in use.

Datasette keeps its plugins for the whole process, so each hook first checks that it is called for its own instance.
"""

import json
import re
import sqlite3
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from datasette import facets, hookimpl
from datasette.app import Datasette
from datasette.database import QueryInterrupted
from datasette.filters import FilterArguments
from datasette.plugins import pm
from datasette.utils import sqlite
from datasette.utils.asgi import BadRequest, Base400, NotFound, Request, Response
from datasette.views.base import DatasetteError
from jinja2 import BaseLoader, Environment
from markupsafe import Markup, escape

from postarchive.errors import PostarchiveError, UsageError
from postarchive.export.markup import is_web_url
from postarchive.search import containing, literals, parse_query
from postarchive.serve.asking import language_of
from postarchive.serve.database import Watched, prepare
from postarchive.serve.inwords import change_in_words, kind_in_words, one_of_kind
from postarchive.serve.policy import App
from postarchive.serve.shown import amount, plain, short
from postarchive.serve.tables import DATABASE, SPELT, TABLES
from postarchive.store.bounded import TOO_LONG, TOO_MUCH_MEMORY, Function, check_words

# Importing Datasette makes SQLite print what our functions raise, for the whole process; it is reported already.
sqlite3.enable_callback_tracebacks(False)  # noqa: FBT003 - takes no name

# Datasette opens databases in memory to find out what SQLite can do, even for each page of a table, and closes none.
facets.detect_json1 = lambda: True
sqlite._cached_sqlite_version = sqlite3.sqlite_version_info  # noqa: SLF001 - where it keeps the answer

Hook = TypeVar("Hook", bound=Callable[..., object])
Route = tuple[str, Callable[..., Awaitable[Response]]]

NOTHING = '""'  # an expression that FTS5 takes and that matches no row
NO_WORD = "holds no word or number to search for"
CANNOT_BE_ANSWERED = "This request cannot be answered"
SEARCHED = re.compile(r"_search(_\w+)?")
# A stored time; trailing zeros of its microseconds are not shown.
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d*[1-9])?)\.?0*\+00:00", re.ASCII)
PAGE_NAME = re.compile(r"(?:\d{1,10}(?:-\d+)?(?:@\w+)?|page-\d+)")
# Not for readers: sign-in, the machine's paths, programs and threads, pages for plugin authors.
CLOSED = (
    r"/-/(?:actor|allow-debug|auth-token|config|databases|logout|messages|patterns|permissions|threads|versions)"
    r"(?:\.json)?$"
)
# Datasette's own plugins that would print a bug's local variables on stdout, sign people in, or link to that.
UNUSED = ("datasette.handle_exception", "datasette.actor_auth_cookie", "datasette.default_menu_links")
# What a browser must not run or obey in Datasette's templates, recognised in their source.
INLINE = re.compile(
    r"<script\b.*?</script>|<style\b.*?</style>"
    r"|\sstyle=\"(?:\{\{.*?\}\}|\{%.*?%\}|[^\"{])*\"",
    re.DOTALL,
)


def hook(function: Hook) -> Hook:
    """Mark a method as one of Datasette's hooks; its own mark has no types."""
    hookimpl(function)
    return function


def last_hook(function: Hook) -> Hook:
    """Mark a method as a hook that has the last word, after Datasette's own."""
    hookimpl(trylast=True)(function)
    return function


@contextmanager
def plugged(datasette: Datasette, wrap: Callable[[App], App], routes: list[Route]) -> Iterator[None]:
    """Make our hooks work for this instance, with `wrap` around it; at the end restore the plugins as they were."""
    plugin = Plugin(datasette, wrap, routes)
    unused = {name: found for name in UNUSED if (found := pm.get_plugin(name)) is not None}
    for name in unused:
        pm.unregister(name=name)
    pm.register(plugin, f"postarchive-{id(plugin)}")
    try:
        yield
    finally:
        pm.unregister(plugin)
        for name, found in unused.items():
            pm.register(found, name)


class Plugin:
    """The hooks; `routes` are our own pages, by the pattern of their path."""

    __name__ = "postarchive"  # Datasette reads it from every plugin

    def __init__(self, datasette: Datasette, wrap: Callable[[App], App], routes: list[Route]) -> None:
        """Work for this instance only."""
        self._datasette = datasette
        self._wrap = wrap
        self._routes = routes

    @last_hook
    def prepare_connection(self, conn: sqlite3.Connection, datasette: Datasette) -> None:
        """Limit it, and add our search functions; Datasette's own `escape_fts` cannot handle Chinese."""
        if datasette is self._datasette and isinstance(conn, Watched):
            prepare(conn, FUNCTIONS)

    @hook
    def prepare_jinja2_environment(self, env: Environment, datasette: Datasette) -> None:
        """Make text harmless in our own templates, and remove scripts and styles from Datasette's."""
        if datasette is not self._datasette:
            return
        env.filters["plain"] = plain
        env.filters["short"] = short
        env.filters["amount"] = amount
        env.filters["kind"] = kind_in_words
        env.filters["one_kind"] = one_of_kind
        env.filters["language"] = language_of
        env.filters["change"] = change_in_words
        env.tests["web_url"] = lambda value: isinstance(value, str) and is_web_url(value)
        if env.loader is not None:
            env.loader = WithoutInline(env.loader)

    @hook
    def register_routes(self, datasette: Datasette) -> list[Route]:
        """Add our pages, and close those that are not for readers."""
        return [*self._routes, (CLOSED, _closed)] if datasette is self._datasette else []

    @hook
    def asgi_wrapper(self, datasette: Datasette) -> Callable[[App], App]:
        """Wrap every response."""
        return self._wrap if datasette is self._datasette else lambda app: app

    @hook
    def filters_from_request(self, request: Request, table: str, datasette: Datasette) -> FilterArguments:
        """Refuse an invalid search with the reason; filter by characters that the index ignores."""
        row = TABLES[table].searched_by if table in TABLES else None
        if datasette is not self._datasette or row is None or request.args.get("_searchmode") == "raw":
            return FilterArguments([])
        typed = [request.args[name] for name in request.args if SEARCHED.fullmatch(name)]
        for text in typed:
            if problem := search_problem(text):
                raise BadRequest(problem)
        clauses = [SPELT.format(text=f":spelt_{number}", row=f"{table}.{row}") for number in range(len(typed))]
        return FilterArguments(clauses, {f"spelt_{number}": text for number, text in enumerate(typed)})

    @hook
    def render_cell(self, value: object, column: str, datasette: Datasette) -> Markup | None:
        """Link a page's name to its reading view, and make a time readable."""
        if datasette is not self._datasette or not isinstance(value, str):
            return None
        if moment := MOMENT.fullmatch(value):
            return Markup('<time datetime="{}">{} {} UTC</time>').format(value, *moment.groups())
        if column != "page" or PAGE_NAME.fullmatch(value) is None:
            return None
        return Markup('<a href="{}">{}</a>').format(f"/-/article/{value}", value)

    @hook
    def handle_exception(
        self, datasette: Datasette, request: Request, exception: Exception
    ) -> Awaitable[Response] | None:
        """Say in one sentence what was wrong; a bug's traceback goes to stderr, never to the reader."""
        return _error_response(datasette, request, exception) if datasette is self._datasette else None


class WithoutInline(BaseLoader):
    """Datasette's templates without their inline scripts and styles: the policy forbids them, and nothing needs them.

    Their source is changed before any value is filled in, so no value is altered or missed.
    """

    def __init__(self, loader: BaseLoader) -> None:
        """Load templates through this loader."""
        self._loader = loader

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Return the template's source without them."""
        source, path, is_fresh = self._loader.get_source(environment, template)
        return INLINE.sub("", source), path, is_fresh

    def list_templates(self) -> list[str]:
        """Return the names of all templates."""
        return self._loader.list_templates()


def search_terms(text: object) -> str:
    """Return the index query for a person's words, one that matches nothing if they cannot be searched for."""
    try:
        return parse_query(check_words(_text(text))) or NOTHING
    except UsageError:
        return NOTHING


def search_letters(text: object) -> str:
    """Return what a record must contain to the letter, as LIKE patterns in JSON, with `~` as their escape."""
    return json.dumps([containing(word) for word in literals(check_words(_text(text)))])


def search_problem(text: object) -> str | None:
    """Return why a person's words cannot be searched for; None when they can."""
    typed = _text(text)
    if not typed.strip():
        return "Type a word to search for."
    try:
        return None if parse_query(check_words(typed)) else f"{typed}: {NO_WORD}"
    except UsageError as error:
        return str(error)


def _text(value: object) -> str:
    return "" if value is None else str(value)


FUNCTIONS: dict[str, Function] = {
    "escape_fts": search_terms,
    "search_terms": search_terms,
    "search_letters": search_letters,
    "search_problem": search_problem,
}


async def _closed() -> Response:
    raise NotFound("There is no such page here.")


async def _error_response(datasette: Datasette, request: Request, exception: Exception) -> Response:
    status, title, message = _explained(exception)
    if request.url_vars.get("database", DATABASE) != DATABASE:  # Datasette takes any first word of a path for one
        message = ""
    if request.path.endswith(".json"):
        body = {"ok": False, "error": message, "status": status, "title": title}
        return Response.json(body, status=status)
    page = await datasette.render_template(
        "problem.html", {"problem_title": title, "problem": message, "status": status}, request=request
    )
    return Response.html(page, status=status)


def _explained(exception: Exception) -> tuple[int, str, str]:  # noqa: PLR0911 - one for each kind
    """Return status, title and one sentence for an exception."""
    match exception:
        case UsageError():
            return 400, CANNOT_BE_ANSWERED, str(exception)
        case PostarchiveError(subject=subject) if subject.startswith("/"):  # a path here: for the operator, not readers
            return 503, "The archive cannot be read now", "Search and articles still work; try this again later."
        case PostarchiveError():
            return 404, "Not in the archive", str(exception)
        case Base400():
            is_missing = exception.status == NotFound.status
            message = str(exception.args[0]) if exception.args else ""
            title = "There is no such page here" if is_missing else CANNOT_BE_ANSWERED
            return exception.status, title, "" if message == "404" else message
        case QueryInterrupted():
            return 503, "This takes too long", "Ask for less: a rarer word, or a filter; or try again."
        case DatasetteError(__context__=QueryInterrupted()):
            return exception.status, "This takes too long", "The query took too long. Ask for less, or try again."
        case DatasetteError():
            message = str(exception.message)
            if exception.message_is_html:
                message = Markup(message).striptags()  # noqa: S704 - all its tags go
            return exception.status, str(exception.title or "This cannot be shown"), message
        case MemoryError() | sqlite3.DataError():
            reason = TOO_MUCH_MEMORY if isinstance(exception, MemoryError) else TOO_LONG
            return 400, CANNOT_BE_ANSWERED, f"It {reason}."
        case _:
            traceback.print_exception(exception, file=sys.stderr)
            return 500, "A bug of this program", str(escape(type(exception).__name__))
