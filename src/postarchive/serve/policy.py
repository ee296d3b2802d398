"""What every response tells the browser, and which requests are refused unread: one ASGI wrapper around Datasette."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlencode

Message: TypeAlias = MutableMapping[str, Any]  # ASGI's own
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

# No page runs a script, loads anything from elsewhere, or may be framed: whatever a stored page holds stays text. The
# sandbox also stops `<meta http-equiv=refresh>`, for which there is no directive, but allows what a reader does.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; sandbox allow-same-origin allow-forms allow-downloads "
    "allow-popups allow-popups-to-escape-sandbox"
)
POLICY = "content-security-policy"
PICTURE_POLICY = "default-src 'none'; sandbox"  # a picture needs nothing, even if it were taken for a page
HEADERS = (
    (POLICY, CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
)
READING = ("GET", "HEAD")
FOR_READING = b"This archive is for reading only.\n"
OTHER_NAME = b"This server answers to its own names only; start it with --url http://NAME/ to let it have another.\n"
SEARCH_BOX = "_search"


def guarded(app: App, is_answered: Callable[[str | None], bool]) -> App:
    """Wrap the application: add these headers to every response, allow only reading, and drop an empty search.

    Requests for a host that is not ours are refused.
    """

    async def guard(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*_others(message), *_ours(message)]}
            await send(message)

        if scope["method"] not in READING:
            await _refuse(send_with_headers, 405, FOR_READING, (b"allow", ", ".join(READING).encode()))
            return
        if not is_answered(_host(scope)):
            await _refuse(send_with_headers, 421, OTHER_NAME)
            return
        await app({**scope, "query_string": _without_empty_search(scope["query_string"])}, receive, send_with_headers)

    return guard


def _others(message: Message) -> list[tuple[bytes, bytes]]:
    own = {name.encode() for name, _ in HEADERS}
    return [(name, value) for name, value in message.get("headers", ()) if name.lower() not in own]


def _ours(message: Message) -> list[tuple[bytes, bytes]]:
    """Return our headers; a picture keeps its own, stricter policy."""
    is_picture = (POLICY.encode(), PICTURE_POLICY.encode()) in map(tuple, message.get("headers", ()))
    headers = HEADERS if not is_picture else ((POLICY, PICTURE_POLICY), *HEADERS[1:])
    return [(name.encode(), value.encode()) for name, value in headers]


def _host(scope: Message) -> str | None:
    named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    return ", ".join(named) if named else None


async def _refuse(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    start = [(b"content-type", b"text/plain; charset=utf-8"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})


def _without_empty_search(query: bytes) -> bytes:
    """Return the query string without an empty search box, which would ask for all rows."""
    if SEARCH_BOX.encode() not in query:
        return query
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if value.strip() or not name.startswith(SEARCH_BOX)]
    return query if kept == pairs else urlencode(kept).encode("latin-1")
