"""Pages of the CMS whose type or word no kind has: kept whole, title and text; nothing is required of them."""

from postarchive.errors import NotOfTheCms
from postarchive.pages.cms import media
from postarchive.pages.cms.common import common
from postarchive.pages.cms.frame import FIELD_IDS, content_region
from postarchive.pages.cms.heading import may_be_cut
from postarchive.pages.cms.material import Material, Reading
from postarchive.pages.cms.odd import LITTLE_TEXT, has_frame, own_region, refuse_odd
from postarchive.pages.html.flow import Span
from postarchive.pages.html.repair import as_browsers_read
from postarchive.record.values import Page
from postarchive.urls import is_allowed

NO_FORM = "no form that is known: title and text by plain rules"


def parse(material: Material) -> Reading:
    """Return a page of the CMS whose kind has no parser: its title and all text of its content region."""
    region = content_region(material.tree)
    try:
        refuse_odd(material, region)
    except NotOfTheCms:
        if not _is_kept(material, region):
            raise
        return _reading(material, region, NO_FORM)
    if not has_frame(material.tree):
        region = own_region(material, region, [span for span in material.tree.spans if span.name.startswith(FIELD_IDS)])
    if may_be_cut(material.tree, region) and (repaired := as_browsers_read(material.tree)):
        return parse(material.with_tree(repaired))
    return _reading(material, region)


def _is_kept(material: Material, region: Span) -> bool:
    """Tell whether another program's page is one of a host that is archived, and says more than a message would."""
    url = material.url
    return url is not None and is_allowed(url) and len(material.tree.line(region)) >= LITTLE_TEXT


def _reading(material: Material, region: Span, *warnings: str) -> Reading:
    page = Page(
        **common(material, region, "unknown", warnings=warnings),
        title=material.head.subject,
        paragraphs=tuple(material.tree.paragraphs(region, material.side_cuts(region))),
        images=media.images(material.tree, [region], material.url),
        attachments=media.attachments(material.tree, region, material.url),
    )
    return Reading(page, material.tree, region)
