"""What identifies a page across captures: its site, and its node and sheet there, else the path of its URL."""

from postarchive.models import Address
from postarchive.record.values import Page
from postarchive.urls import host_of, site_of, split


def page_identity(url: str, page: Page) -> tuple[str, str]:
    """Return the site and key of a page that was read at a URL."""
    site = site_of(host_of(url))
    if page.node is not None:
        return site, _key(page.node, page.sheet)
    parts = split(url)
    return (site, parts.path + (f"?{parts.query}" if parts.query else "")) if parts else (site, url)


def address_identity(address: Address) -> tuple[str, str]:
    """Return the site and key of the page that an address names."""
    return site_of(address.host), _key(address.node, address.sheet)


def _key(node: int, sheet: int) -> str:
    return f"{node}-{sheet}"
