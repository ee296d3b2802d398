"""The address grammar of the CMS, and which hosts may be requested (SITE.md §1, §2).

A page is a node: `/html1/<kind>/<hi>/<lo>-<sheet>.htm`, node = hi * 10000 + lo. Three facts shape this module: `lo`
alone repeats, the same node is on several hosts, and strangers' hosts serve copies, so hosts are an allow-list.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import SplitResult, parse_qs, urljoin, urlsplit, urlunsplit

from postarchive.errors import Forbidden, UsageError
from postarchive.models import Address
from postarchive.startup import late

START_URL = "http://english.chinapost.com.cn/"
ENGLISH = "english"

# host -> site. The English host and the newspaper's mirror show the same database: one site (SITE.md §1).
HOSTS = MappingProxyType(
    {
        "english.chinapost.com.cn": ENGLISH,
        "www.chinapostnews.com.cn": ENGLISH,
        "www.chinapost.com.cn": "www",
        "iframe.chinapost.com.cn": "iframe",
        "qh.chinapost.com.cn": "qh",
        "zhejiang.chinapost.com.cn": "zhejiang",
        "shanghai.chinapost.com.cn": "shanghai",
        "sc.chinapost.com.cn": "sc",
        "nm.chinapost.com.cn": "nm",
        "cpi.chinapost.com.cn": "cpi",
        "dangjian.chinapost.com.cn": "dangjian",
        "stampprint.chinapost.com.cn": "stampprint",
        "ctvpost.com": "ctvpost",
    }
)
ENGLISH_HOSTS = tuple(host for host, site in HOSTS.items() if site == ENGLISH)
WAYBACK_HOST = "web.archive.org"
COMMONCRAWL_HOSTS = ("index.commoncrawl.org", "data.commoncrawl.org")
OTHER_ARCHIVES = frozenset((WAYBACK_HOST, *COMMONCRAWL_HOSTS))  # what they say themselves is not a page
MIN_NODE, MAX_NODE = 10_000_000, 2_147_483_647  # eight digits at least, and a 32-bit integer in the CMS [source]
MAX_DIGITS = 10
MAX_PORT_DIGITS = 5
NO_PORT = -1  # what is in its place is not a port
DEFAULT_PORTS = MappingProxyType({"http": 80, "https": 443})

# /html1/report/2304/8456-1.htm  /xhtml1/…  /html/report/…  /cn/report/2609/1176-1.htm(l)  /html1/param/1906/1184-1…
SPLIT = re.compile(
    r"/(?:x?html\d?|[a-z]{2})/(?P<kind>[a-z]+)/(?P<hi>\d{4,6})/(?P<lo>\d{1,6})-(?P<sheet>\d{1,6})"
    r"(?:[^/]*)\.html?",
    re.IGNORECASE,
)
PLAIN_URL = re.compile(rf"https?://(?P<host>[a-z0-9.-]*[a-z0-9]){SPLIT.pattern}")
# /html/report/19092499-1.htm  /html/Home/report/19092499-1.htm  /html/Home/node/19053494-1.htm
WHOLE = late(r"/x?html\d?/(?:[^/]+/)?(?P<kind>[a-z]+)/(?P<node>\d{8,10})-(?P<sheet>\d{1,6})\.html?", re.IGNORECASE)
DYNAMIC = "/servlet/Node"
# https://web.archive.org/web/20170329120000/ or …id_/, before a URL
REPLAY = late(r"https?://web\.archive\.org/web/\d{4,14}(?:[a-z]{2}_)?/(?=https?:)", re.IGNORECASE)
# /html1/report/2304/8456-1.htm: its node is certainly in range; or the front page, /
PLAIN_LINK = re.compile(r"/(?:x?html\d/[a-z]+/(?:[1-9]\d{3,4}|1\d{5}|20\d{4})/\d{1,4}-\d{1,6}\.htm)?", re.ASCII)
# http://www.example.com/…  https://www.example.com  //www.example.com/…
PLAIN_ABSOLUTE = re.compile(r"(?:https?:)?//([a-z0-9.-]+)(?:[/?#]|\Z)")
# http://english.chinapost.com.cn/html1/report/2304/8456-1.htm: already normal, whatever its path means
PLAIN_WHOLE = re.compile(r"https?://(?P<host>(?:[a-z0-9-]+\.)+[a-z0-9-]+)(?P<path>/[\w./-]*)", re.ASCII)
MAX_CACHED_LENGTH = 300  # characters of a URL whose address is cached; the site's have 60
LINE_BREAKS = re.compile(r"[\t\r\n]+")
NO_URL_CHARACTER = late(r"[\x00-\x20\x7f\ud800-\udfff]")
ORIGIN = re.compile(r"[a-z]+://[^/?#]+")
PLAIN_PATH = re.compile(r"(?:/[\w-][\w.-]*)+")  # /html1/report/2304/8456-1.htm: nothing to resolve in it


def parse_address(url: str) -> Address | None:
    """Return what a URL says about its page; None when it is not a page in the CMS's grammar.

    All forms of SITE.md §2 are read, the dynamic one too (its kind is `node`: the URL does not say).
    """
    return _parsed(url) if len(url) <= MAX_CACHED_LENGTH else _parsed.__wrapped__(url)


@lru_cache(maxsize=1024)  # a URL is parsed when it is found, requested, received and read
def _parsed(url: str) -> Address | None:
    if found := PLAIN_URL.fullmatch(url):  # nearly all; urlsplit costs ten times this
        host, kind, high, low, sheet = found.groups()
        return _address(host, kind, high + low.zfill(4), sheet)
    parts = split(url)
    if parts is None or not parts.hostname:
        return None
    host = parts.hostname.lower().rstrip(".")
    if parts.path == DYNAMIC:
        return _dynamic_address(host, parts.query)
    if found := SPLIT.fullmatch(parts.path):
        return _address(host, found["kind"], found["hi"] + found["lo"].zfill(4), found["sheet"])
    if found := WHOLE.fullmatch(parts.path):
        is_node = found["kind"].lower() == "node"  # there the last number is a language, not a sheet [source]
        return _address(host, found["kind"], found["node"], "1" if is_node else found["sheet"])
    return None


def replayed(url: str) -> str:
    """Return the URL whose capture the Wayback Machine shows under this one; any other URL as it is."""
    return REPLAY.sub("", url, count=1) if "web.archive.org" in url else url


def static_url(address: Address) -> str:
    """Return the address in the old grammar, the form every host of the CMS reads."""
    high, low = divmod(address.node, 10_000)
    return f"http://{address.host}/html1/{address.kind}/{high}/{low}-{address.sheet}.htm"


def dynamic_url(address: Address) -> str:
    """Return the form that makes the server build the page: a second opinion on a 404 (SITE.md §8)."""
    return f"http://{address.host}{DYNAMIC}?node={address.node}&language=1&pos={address.sheet}"


def normalize(url: str) -> str:
    """Return the URL with scheme and host in lower case, without fragment, default port and final blanks."""
    return url if PLAIN_WHOLE.fullmatch(url) else _normalized(url)


def _normalized(url: str) -> str:
    parts = split(url.strip())
    host = (parts.hostname or "").lower().rstrip(".") if parts else ""
    if parts is None or not host:
        return url.strip()
    port = _port(parts.netloc)
    scheme = parts.scheme.lower()
    if "@" in parts.netloc or port == NO_PORT:
        return url.strip()  # not one of ours; `check_allowed` refuses it
    host = f"[{host}]" if ":" in host else host
    netloc = host if port in (None, DEFAULT_PORTS.get(scheme)) else f"{host}:{port}"
    return urlunsplit((scheme, netloc, parts.path or "/", parts.query.rstrip(), "")).rstrip()


def resolve(base: str | None, reference: str) -> str:
    """Return a link's absolute URL, given its page's; as printed if the page's URL is unknown or it is not a URL."""
    text = reference.strip()
    if base is not None and PLAIN_PATH.fullmatch(text) and (origin := ORIGIN.match(base)):
        return origin[0] + text  # nearly all links of the CMS; urljoin costs ten times this
    if "\n" in text or "\r" in text or "\t" in text:
        text = LINE_BREAKS.sub("", text)
    if base is None:
        return text
    try:
        return urljoin(base, text)
    except ValueError:  # `http://[broken` is a link an editor can type
        return text


def split(url: str) -> SplitResult | None:
    """Return a URL's parts; None if it is not a URL: a broken bracket, a host that Unicode normalization changes."""
    try:
        return urlsplit(url)
    except ValueError:
        return None


def path_of(url: str) -> str:
    """Return a URL's path; empty when it is not a URL."""
    if plain := PLAIN_WHOLE.fullmatch(url):
        return plain["path"]
    parts = split(url)
    return parts.path if parts is not None else ""


def may_be_page(url: str) -> bool:
    """Tell whether a URL may be a page's (in the grammar, or a front page) and not a file's."""
    return parse_address(url) is not None or path_of(url) in ("", "/")


def page_links(base: str, links: Iterable[str]) -> dict[str, None]:
    """Return the URLs that a page at `base` links to and that may be requested, each once; no files or scripts."""
    origin = _plain_origin(base)
    is_plain = PLAIN_LINK.fullmatch  # nearly all links of the CMS; others take ten times as long
    urls = [f"{origin}{link}" if origin and is_plain(link) else _page_link(base, link) for link in links]
    return dict.fromkeys(filter(None, urls))


def _plain_origin(base: str) -> str | None:
    """Return scheme and host of a URL that may be requested, in lower case; None when it may not."""
    url = normalize(base)
    origin = ORIGIN.match(url)
    return origin[0] if origin and is_allowed(url) else None


def _page_link(base: str, link: str) -> str | None:
    absolute = PLAIN_ABSOLUTE.match(link)
    if absolute and absolute[1].rstrip(".") not in HOSTS:
        return None
    url = normalize(resolve(base, link))
    return url if may_be_page(url) and is_allowed(url) else None


def host_of(url: str) -> str:
    """Return a URL's host in lower case; empty when it has none."""
    if plain := PLAIN_WHOLE.fullmatch(url):
        return plain["host"]
    parts = split(url)
    return ((parts.hostname if parts is not None else None) or "").lower().rstrip(".")


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL, the scope of a robots.txt (RFC 9309): `http://english.chinapost.com.cn`.

    The usual port is left out; empty if it is not a URL.
    """
    if plain := PLAIN_WHOLE.fullmatch(url):
        return url[: plain.start("path")]
    parts = split(normalize(url))
    return f"{parts.scheme}://{parts.netloc}" if parts is not None and parts.hostname else ""


def site_of(host: str) -> str:
    """Return the site a host belongs to: hosts that show the same database are one site; an unknown host is its own."""
    return HOSTS.get(host, host)


def check_allowed(url: str) -> None:
    """Raise unless the URL may be requested: http or https, an allow-listed host, its usual port, no password.

    Raises UsageError when it is not a URL, Forbidden for a host that is not China Post's.
    """
    if (plain := PLAIN_WHOLE.fullmatch(url)) and plain["host"] in HOSTS:  # nearly all; urlsplit costs ten times this
        return
    if NO_URL_CHARACTER.search(url):
        raise UsageError(ascii(url)[1:-1], "contains a blank or control character; write it percent-encoded")
    parts = split(url)
    if parts is None or not parts.hostname:
        raise UsageError(url, f"is not a URL; write it in full, such as {START_URL}html1/report/2304/8456-1.htm")
    if parts.scheme not in DEFAULT_PORTS:
        raise Forbidden(url, f"the scheme {parts.scheme or '(none)'!s} is not supported; use http or https")
    if parts.hostname.lower().rstrip(".") not in HOSTS:
        raise Forbidden(url, f"host {parts.hostname} is not a China Post host; known: {', '.join(HOSTS)}")
    if "@" in parts.netloc or _port(parts.netloc) not in (None, DEFAULT_PORTS[parts.scheme]):
        raise Forbidden(url, "has a password or a port, which China Post's URLs never have; leave it out")


def is_allowed(url: str) -> bool:
    """Tell whether the URL may be requested; `check_allowed` says why not."""
    if plain := PLAIN_WHOLE.fullmatch(url):
        return plain["host"] in HOSTS
    try:
        check_allowed(url)
    except (UsageError, Forbidden):
        return False
    return True


def _port(netloc: str) -> int | None:
    port = netloc.rpartition("@")[2].rpartition("]")[2].rpartition(":")[2]
    has_port = ":" in netloc.rpartition("@")[2].rpartition("]")[2]
    if not has_port or not port:
        return None
    is_number = port.isascii() and port.isdigit() and len(port) <= MAX_PORT_DIGITS
    return int(port) if is_number else NO_PORT


def _dynamic_address(host: str, query: str) -> Address | None:
    values = parse_qs(query)
    node = values.get("node", [""])[0]
    sheet = values.get("pos", ["1"])[0]
    if not (_is_number(node) and _is_number(sheet)):
        return None
    return _address(host, "node", node, sheet)


def _address(host: str, kind: str, node: str, sheet: str) -> Address | None:
    number = int(node)
    if not MIN_NODE <= number <= MAX_NODE:
        return None
    return Address(host, kind.lower(), number, int(sheet) or 1)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
