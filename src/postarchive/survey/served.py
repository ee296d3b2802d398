"""How a host's server behaves: robots.txt, validators, conditional requests, https, missing pages, URLs, the mirror."""

import re
from http import HTTPStatus
from itertools import islice
from typing import Final

from postarchive.fetch import redirect_target
from postarchive.fetch.robots import read_rules
from postarchive.jsonvalue import Json, JsonObject
from postarchive.models import Capture
from postarchive.record.revisions import fingerprint
from postarchive.survey.visit import Found, Lack, Purpose, Requested, Visit, shares, shortened, urls_of
from postarchive.urls import HOSTS, host_of, origin_of, path_of, resolve, site_of

GRAMMARS: Final = {
    "/html1/": re.compile(r"/x?html\d?/"),
    "/cn/": re.compile(r"/cn/[a-z]"),
    "/en/": re.compile(r"/en/[a-z]"),
}
ETAG_FORMS: Final = {
    "32 hex digits without quotes": re.compile(r"[0-9A-Fa-f]{32}"),
    "quoted": re.compile(r'".*"'),
    "weak": re.compile(r'W/".*"'),
}
DYNAMIC_SCRIPT: Final = b"/servlet/node?node="
CMS_PAGE: Final = b"yl404"
TITLE: Final = re.compile(rb"<title[^<>]{0,99}>([^<>]{0,300})", re.IGNORECASE)
MAX_LINES, LONGEST_LINE = 40, 200  # of robots.txt, in an answer
NO_ANSWER: Final = frozenset((Lack.SPENT, Lack.FORBIDDEN, Lack.RESTING))  # these say nothing about the server


def robots(visit: Visit) -> Found:
    """Say what robots.txt is, and what it asks of everybody and of this program."""
    origin = f"http://{visit.host}"
    item = next((met for met in visit.of(Purpose.ROBOTS) if origin_of(met.url) == origin), None)
    if item is None or item.capture is None:
        home = visit.first(Purpose.HOME)
        return Found(None, {}, why=home.problem if home is not None and home.problem else "it was not requested")
    capture = item.capture
    if capture.status not in range(200, 300):
        return Found(
            f"none: {_status(capture)}, so everything may be requested", {"status": capture.status}, (item.url,)
        )
    rules = read_rules(capture)
    lines = [line.strip()[:LONGEST_LINE] for line in capture.body[: 1 << 16].decode(errors="replace").splitlines()]
    rules_lines = [line for line in lines if line and not line.startswith("#")][:MAX_LINES]
    delay = rules.crawl_delay_seconds
    words = f"HTTP {capture.status}: {'; '.join(rules_lines) or 'empty'}{f' (we wait {delay:g} s)' if delay else ''}"
    facts: JsonObject = {"status": capture.status, "lines": list[Json](rules_lines), "crawl_delay_seconds": delay}
    return Found(shortened(words), facts, (item.url,))


def validators(visit: Visit) -> Found:
    """Say which pages carry an ETag or Last-Modified, and in what form."""
    sent = {item.url: _validators(item.capture) for item, _ in visit.shown() if item.capture is not None}
    if not sent:
        return Found(None, {}, why=visit.why_no_response(Purpose.HOME, Purpose.ARTICLE))
    words = (f"ETag {page['etag_form'] or 'none'}, Last-Modified {_is_there(page)}" for page in sent.values())
    return Found(shares(words), {"pages": {url: dict(page) for url, page in sent.items()}}, tuple(sent))


def _validators(capture: Capture) -> JsonObject:
    etag = capture.header("ETag")
    form = next((name for name, form in ETAG_FORMS.items() if etag and form.fullmatch(etag)), "of another form")
    return {"etag": etag, "etag_form": form if etag else None, "last_modified": capture.header("Last-Modified")}


def _is_there(page: JsonObject) -> str:
    return "sent" if page["last_modified"] else "none"


def conditional(visit: Visit) -> Found:
    """Tell whether the server returns 304 for an unchanged page when its validators are sent back."""
    requested = visit.of(Purpose.BY_ETAG, Purpose.BY_TIME)
    answered = [item for item in requested if item.capture is not None]
    if not answered:
        if requested or not visit.shown():
            return Found(None, {}, why=visit.why_no_response(Purpose.BY_ETAG, Purpose.BY_TIME, Purpose.HOME))
        return Found("no: no page has a validator to send back", {"works": False})
    words = [f"{_HEADERS[item.purpose]}: {_outcome(item)}" for item in answered]
    works = [item.status == HTTPStatus.NOT_MODIFIED for item in answered]
    facts: JsonObject = {"works": any(works)} | {_HEADERS[item.purpose]: item.status for item in answered}
    return Found("; ".join(words), facts, urls_of(answered))


_HEADERS: Final = {Purpose.BY_ETAG: "If-None-Match", Purpose.BY_TIME: "If-Modified-Since"}


def _outcome(item: Requested) -> str:
    if item.status == HTTPStatus.NOT_MODIFIED:
        return "304"
    return f"{item.status}, the whole page again" if item.status == HTTPStatus.OK else f"HTTP {item.status}"


def https(visit: Visit) -> Found:
    """Tell whether the host answers https, and with the same page."""
    item = visit.first(Purpose.HTTPS)
    if item is None or item.lack in NO_ANSWER:
        return Found(None, {}, why=(item.problem if item else None) or "it was not requested")
    if item.capture is None:
        return Found(f"no: {item.problem}", {"works": False}, (item.url,))
    target = redirect_target(item.capture)
    if target is not None:
        facts: JsonObject = {"works": True, "status": item.status, "location": target}
        return Found(f"responds, with a redirect ({item.status}) to {shortened(target)}", facts, (item.url,))
    words = "yes: the home page" if item.reading is not None else f"responds, with {_status(item.capture)}"
    return Found(words, {"works": item.reading is not None, "status": item.status}, (item.url,))


def missing(visit: Visit) -> Found:
    """Say what the server sends for a page that cannot exist, under a URL of the usual form and a dynamic one."""
    requested = [item for item in visit.of(Purpose.MISSING, Purpose.MISSING_DYNAMIC) if item.lack not in NO_ANSWER]
    if not requested:
        return Found(None, {}, why=visit.why_no_response(Purpose.MISSING))
    forms = {item.url: form_of(item) for item in requested}
    names = {Purpose.MISSING: "usual form", Purpose.MISSING_DYNAMIC: "dynamic form"}
    words = "; ".join(f"{names[item.purpose]}: {forms[item.url]}" for item in requested)
    facts: JsonObject = {"pages": {item.url: {"status": item.status, "form": forms[item.url]} for item in requested}}
    return Found(words, facts, urls_of(requested))


def form_of(item: Requested) -> str:
    """Say how a server reports that a page is missing."""
    if item.capture is None:
        return item.problem or "no response"
    target = redirect_target(item.capture)
    if target is not None:
        where = "the home page" if path_of(target) in ("", "/") else shortened(target)
        return f"a redirect ({item.status}) to {where}"
    if item.status == HTTPStatus.OK:
        return f"HTTP 200 with {_content_of(item)}: its status does not say that it is missing"
    return f"{_status(item.capture)} with {_content_of(item)}"


def _content_of(item: Requested) -> str:
    body = item.capture.body if item.capture is not None else b""
    lower = body.lower()
    if not body.strip():
        return "an empty body"
    if DYNAMIC_SCRIPT in lower:
        return "the CMS's page, whose script leads to the dynamic form"
    if CMS_PAGE in lower:
        return "the CMS's page, without a script"
    title = TITLE.search(body)
    shown = title[1].decode(errors="replace").strip() if title else ""
    name = f"titled `{shortened(shown)}`" if shown else "without a title"
    return f"a page {name}" if item.reading is not None or item.refusal is None else f"a page without a record, {name}"


def grammar(visit: Visit) -> Found:
    """Say which URL forms the host's pages use for links, and whether the newer forms work."""
    links = [
        path_of(url)
        for item, reading in visit.shown()
        for url in (resolve(item.url, link) for link in reading.links())
        if host_of(url) == visit.host
    ]
    if not links:
        return Found(None, {}, why=visit.why_no_response(Purpose.HOME, Purpose.ARTICLE, Purpose.LIST))
    counts: JsonObject = {name: sum(1 for link in links if form.match(link)) for name, form in GRAMMARS.items()}
    tried = [item for item in visit.of(Purpose.CHINESE_FORM, Purpose.ENGLISH_FORM) if item.lack not in NO_ANSWER]
    answered = [
        f"{_form(item)} {form_of(item) if item.reading is None else 'responds with the page'}" for item in tried
    ]
    linked = ", ".join(f"{name} {count}" for name, count in counts.items())
    facts: JsonObject = {"links": counts, "asked": {item.url: item.status for item in tried}}
    return Found("; ".join((f"links: {linked}", *answered)), facts, urls_of(tried))


def _form(item: Requested) -> str:
    return "/cn/" if item.purpose is Purpose.CHINESE_FORM else "/en/"


def mirror(visit: Visit) -> Found:
    """Tell whether the host's mirror answers, and whether it shows the same article."""
    others = [host for host in HOSTS if site_of(host) == site_of(visit.host) and host != visit.host]
    if not others:
        return Found("none is known for this host", {"hosts": []})
    requested = visit.of(Purpose.MIRROR, Purpose.MIRRORED)
    heard = [item for item in requested if item.lack not in NO_ANSWER]
    if not heard:
        return Found(None, {"hosts": list[Json](others)}, why=visit.why_no_response(Purpose.MIRROR, Purpose.MIRRORED))
    words = "; ".join(f"{item.purpose}: {_mirrored(visit, item)}" for item in heard)
    facts: JsonObject = {"hosts": list[Json](others), "answered": {item.url: item.status for item in heard}}
    return Found(words, facts, urls_of(heard))


def _mirrored(visit: Visit, item: Requested) -> str:
    if item.capture is None:
        return f"does not respond ({item.problem})"
    if item.reading is None:
        return form_of(item)
    if item.purpose is Purpose.MIRROR:
        return "responds"
    own = [reading for _, reading in visit.shown() if reading.page.node == item.reading.page.node]
    same = any(fingerprint(reading.page) == fingerprint(item.reading.page) for reading in islice(own, 5))
    return "the same record" if same else "a different record"


def _status(capture: Capture) -> str:
    return f"HTTP {capture.status} {shortened(capture.reason)}".strip()
