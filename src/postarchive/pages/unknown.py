"""Pages of the CMS whose type or word no kind has: kept whole, title and text; nothing is required of them."""

from postarchive.pages.cms import media
from postarchive.pages.cms.common import common
from postarchive.pages.cms.frame import FIELD_IDS, content_region
from postarchive.pages.cms.heading import may_be_cut
from postarchive.pages.cms.material import Material, Reading
from postarchive.pages.cms.odd import has_frame, own_region, refuse_odd
from postarchive.pages.html.repair import as_browsers_read
from postarchive.record.values import Page


def parse(material: Material) -> Reading:
    """Return a page of the CMS whose kind has no parser: its title and all text of its content region."""
    region = content_region(material.tree)
    refuse_odd(material, region)
    if not has_frame(material.tree):
        region = own_region(material, region, [span for span in material.tree.spans if span.name.startswith(FIELD_IDS)])
    if may_be_cut(material.tree, region) and (repaired := as_browsers_read(material.tree)):
        return parse(material.with_tree(repaired))
    page = Page(
        **common(material, region, "unknown"),
        title=material.head.subject,
        paragraphs=tuple(material.tree.paragraphs(region, material.side_cuts(region))),
        images=media.images(material.tree, [region], material.url),
        attachments=media.attachments(material.tree, region, material.url),
    )
    return Reading(page, material.tree, region)
