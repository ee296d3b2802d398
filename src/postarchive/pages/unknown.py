"""Pages whose type or word belongs to no kind, and those of other programs: title and text are kept whole.

Nothing is required. Another program's page counts only on a host that is archived, under any URL.
"""

from postarchive.errors import NotOfTheCms
from postarchive.pages.cms import media
from postarchive.pages.cms.common import common
from postarchive.pages.cms.frame import FIELD_IDS, content_region
from postarchive.pages.cms.heading import may_be_cut
from postarchive.pages.cms.material import Material, Reading
from postarchive.pages.cms.odd import LITTLE_TEXT, has_frame, own_region, refuse_odd
from postarchive.pages.html.flow import Span
from postarchive.pages.html.repair import as_browsers_read
from postarchive.pages.html.text import paragraphs, unwrapped
from postarchive.record.values import Page
from postarchive.urls import is_allowed

PAGE_TAGS = (b"<html", b"<body", b"<!doctype html")
NO_FORM = "no form that is known: title and text by plain rules"


def parse(material: Material) -> Reading:
    """Return a page of the CMS whose kind has no parser: its title and all text in its content region."""
    region = content_region(material.tree)
    try:
        refuse_odd(material, region)
    except NotOfTheCms:
        if not is_kept(material):
            raise
        return by_plain_rules(material)
    if not has_frame(material.tree):
        region = own_region(material, region, [span for span in material.tree.spans if span.name.startswith(FIELD_IDS)])
    if may_be_cut(material.tree, region) and (repaired := as_browsers_read(material.tree)):
        return parse(material.with_tree(repaired))
    return _reading(material, region)


def is_kept(material: Material) -> bool:
    """Tell whether another program's page is on an archived host, and says more than a message would.

    It must declare itself a page: noise has tags too.
    """
    url, tree = material.url, material.tree
    if url is None or not is_allowed(url) or not any(map(tree.lower.__contains__, PAGE_TAGS)):
        return False
    return len(tree.line(content_region(tree))) >= LITTLE_TEXT


def by_plain_rules(material: Material) -> Reading:
    """Return the title and text of a page whose form is unknown."""
    return _reading(material, content_region(material.tree), NO_FORM)


def _reading(material: Material, region: Span, *warnings: str) -> Reading:
    sides = material.side_cuts(region)
    page = Page(
        **common(material, region, "unknown", warnings=warnings),
        title=material.head.subject,
        paragraphs=tuple(paragraphs(unwrapped(material.tree.marked(region, sides)))),
        images=media.images(material.tree, [region], material.url, besides=sides),
        attachments=media.attachments(material.tree, region, material.url, besides=sides),
    )
    return Reading(page, material.tree, region)
