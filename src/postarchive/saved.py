"""The URL of a saved page: from its path, else from what the program that saved it wrote into it.

In a path, what follows the last folder named after a host is the URL's path, as in this project's fixtures and in
wget's mirrors. The page's own claim (`link rel=canonical`) does not count: a copy may name another page.
"""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from postarchive.urls import HOSTS, is_allowed, normalize, parse_address

FRONT_PAGES = ("/index.htm", "/index.html")  # of a host; further down these are page names like any other
PAGE_SUFFIXES = (".htm", ".html", ".shtml")
# <!-- saved from url=(0067)http://english.chinapost.com.cn/… -->, as browsers write it
# <!--\n Page saved with SingleFile \n url: http://english.chinapost.com.cn/… \n saved date: …
# <!-- Mirrored from english.chinapost.com.cn/… by HTTrack Website Copier/3.x …
SAVED_FROM = re.compile(
    rb"<!--\s*(?:saved from url=\(\d{4,}\)|Page saved with SingleFile\s+url:\s*|Mirrored from )(?P<url>[^\s<>]+)",
    re.IGNORECASE,
)
OTHER_BYTES = re.compile(r"[\udc80-\udcff]+")  # a name in GBK, which is in its URL as `%D3%CA`, as Python has it
LOOKED_AT_BYTES = 4096
LONGEST_URL = 2000


def url_of_path(parts: Sequence[str]) -> str | None:
    """Return the URL that a file's path, in parts, stands for; None when no part names a host, or it makes no URL."""
    places = [place for place, part in enumerate(parts[:-1]) if part.lower() in HOSTS]
    if not places:
        return None
    host, path = parts[places[-1]].lower(), OTHER_BYTES.sub(_quoted, "/" + "/".join(parts[places[-1] + 1 :]))
    url = f"http://{host}{'/' if path in FRONT_PAGES else path}"
    dynamic = next((form for form in _dynamic_forms(url) if parse_address(form) is not None), None)
    return _checked(dynamic or url)


def url_in_saved_page(page: bytes) -> str | None:
    """Return the URL that a program wrote into a page when it saved it; None if it wrote none, or none of the site's.

    The beginning of the page is enough input.
    """
    found = SAVED_FROM.search(page[:LOOKED_AT_BYTES])
    if found is None or len(found["url"]) > LONGEST_URL:
        return None
    url = found["url"].decode("latin-1")
    return _checked(url if "://" in url else f"http://{url}")


def is_nameless(parts: Sequence[str]) -> bool:
    """Tell whether a file in a host's folder is a page by its name, but the path is no URL: `Notice (1).htm`."""
    in_host = any(part.lower() in HOSTS for part in parts[:-1])
    return in_host and parts[-1].lower().endswith(PAGE_SUFFIXES) and url_of_path(parts) is None


def is_page_name(name: str, url: str) -> bool:
    """Tell whether a file is a page, by its name (`8456-1.htm`) or by its URL (`…/Node?node=1`)."""
    return name.lower().endswith(PAGE_SUFFIXES) or parse_address(url) is not None


def _dynamic_forms(url: str) -> Iterator[str]:
    """Yield each `…/Node?node=…` that wget may have written as `…/Node@node=….html`."""
    if "/servlet/" in url:
        for form in (url, url.replace("@", "?", 1), url.replace("%3F", "?", 1)):
            yield form
            yield form.removesuffix(".html")


def _quoted(found: re.Match[str]) -> str:
    return quote(found[0], errors="surrogateescape")


def _checked(url: str) -> str | None:
    return normalize(url) if is_allowed(url) else None
