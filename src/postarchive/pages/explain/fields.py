"""What `explain` looks for in a page, kind by kind: each field of its record, where it is, and by which rule."""

from collections.abc import Iterator

from postarchive.pages.cms.heading import find_heading
from postarchive.pages.cms.material import TOTAL
from postarchive.pages.cms.rows import elements, find_rows, is_date
from postarchive.pages.explain.look import Explanation, Look, located, selector_of
from postarchive.pages.explain.rules import BYLINE, NOT_SHOWN, RULES, TYPED
from postarchive.pages.html.flow import Span
from postarchive.pages.html.places import Place, place_of
from postarchive.pages.report import find_fields
from postarchive.record.labels import Meaning, meaning_of
from postarchive.record.values import Article, Folder, Listing, Page, Stamp
from postarchive.urls import resolve


def explained(look: Look) -> Iterator[Explanation]:
    """Yield where each field of the page's record is, in the order of the record."""
    yield from _head(look, look.page)
    if isinstance(look.page, Article):
        yield from _article(look, look.page)
    else:
        yield _heading(look, look.page)
        yield from _paragraphs(look, _contents(look))
    yield from _common(look, look.page)
    match look.page:
        case Stamp():
            yield from _stamp(look, look.page)
        case Listing():
            yield from _rows(look, look.page)
            yield from _pager(look, look.page)
        case Folder():
            yield from _rows(look, look.page)


def _head(look: Look, page: Page) -> Iterator[Explanation]:
    kind, node = look.script(b"type"), look.script(b"id")
    yield located("kind", "script" if kind else None, kind, RULES["kind"])
    if page.node is not None:
        meta = None if node else look.meta(b"contentid")
        yield located(
            "node", "script" if node else "meta[name=contentid]" if meta else None, node or meta, RULES["node"]
        )
    if page.created:
        yield located("created", "meta[name=publishdate]", look.meta(b"publishdate"), RULES["created"])


def _article(look: Look, page: Article) -> Iterator[Explanation]:
    fields = find_fields(look.tree, page.node)
    if fields is None:  # cannot happen: `read` refuses such a page
        return
    yield (
        look.inside(fields.name, "title", page.title, RULES["title"])
        if fields.name is not None
        else look.line("title", page.title, RULES["title line"])
    )
    after = place_of(fields.name or look.reading.region)
    for field, span, value in (
        ("subtitle", fields.subhead, page.subtitle),
        ("source", fields.source, page.source),
        ("date", fields.date, page.date),
        ("editor", fields.editor, page.editor),
    ):
        line = RULES["subtitle line"] if field == "subtitle" else BYLINE
        if value is None:
            yield located(field, None, None, NOT_SHOWN)
        elif span is not None and look.tree.line(span):
            yield look.inside(span, field, value, RULES[field])
        else:
            yield look.line(field, value, line, after)
    if page.section:
        yield look.line("section", page.section, RULES["section"])
    yield from _paragraphs(look, [fields.body])


def _heading(look: Look, page: Page) -> Explanation:
    heading = find_heading(look.tree, look.reading.region)
    if page.title is None:
        return located("title", None, None, NOT_SHOWN)
    if heading is not None:
        return look.inside(heading, "title", page.title, RULES["heading"])
    for span in (*look.tree.some("stampidsubject"), *look.elements("h1", "h2", "h3")):
        if look.tree.line(span) == page.title:
            return look.inside(
                span, "title", page.title, RULES["heading"] if span.tag != "span" else "the stamp's title"
            )
    return look.line("title", page.title, RULES["subject"], 0)


def _contents(look: Look) -> list[Span]:
    """Return the elements that hold the paragraphs of a page that is not an article."""
    content = [span for span in look.tree.some("stampidcontent") if look.reading.region.holds(span)]
    return content or [look.reading.region]


def _paragraphs(look: Look, contents: list[Span]) -> Iterator[Explanation]:
    """Yield the place of each paragraph, in order."""
    place = place_of(contents[0])
    for number, paragraph in enumerate(look.page.paragraphs):
        found = look.text.find(paragraph, place)
        around = next((span for span in reversed(contents) if found and place_of(span) <= found[0]), contents[0])
        rule = f"a block, table row or line of {selector_of(around)}"
        yield located(f"paragraphs[{number}]", selector_of(around), found, rule)
        place = found[1] if found else place


def _common(look: Look, page: Page) -> Iterator[Explanation]:
    for number, image in enumerate(page.images):
        yield look.link(f"images[{number}].url", "img", "src", image.url, RULES["images"])
    for number, file in enumerate(page.attachments):
        yield look.link(f"attachments[{number}].url", "a", "href", file.url, RULES["attachments"])
    for number, line in enumerate(page.hotlines):
        yield look.frame_line(f"hotlines[{number}]", f"{line.label} | {line.number}", RULES["hotlines"])
    for number, item in enumerate(page.registrations):
        yield look.frame_line(f"registrations[{number}]", item.number, RULES["registrations"])
    for number, text in enumerate(page.leftovers):
        yield look.line(f"leftovers[{number}]", text, RULES["leftovers"])


def _stamp(look: Look, page: Stamp) -> Iterator[Explanation]:
    place, typed = look.region, set[Meaning]()
    for number, (label, value) in enumerate(page.facts):
        name = look.text.find(label, place)
        found = look.text.find(f"{label} | {value}" if value else label, name[0] if name else place)
        yield located(f"stamp.facts[{number}]", look.field_in(found), found, RULES["facts"])
        meaning = meaning_of(label)
        if value and meaning in TYPED and meaning not in typed and found:
            typed.add(meaning)
            yield from _typed(look, page, meaning, look.text.find(value, found[0]))
        place = found[1] if found else place


def _typed(look: Look, page: Stamp, meaning: Meaning, found: Place | None) -> Iterator[Explanation]:
    if getattr(page, meaning) is not None:
        for field in TYPED[meaning]:
            yield located(field, look.field_in(found), found, RULES["typed"])


def _rows(look: Look, page: Listing | Folder) -> Iterator[Explanation]:
    rows = {row.link.number: row for row in find_rows(look.tree)}
    links = iter([span for span in look.tree.spans if span.href])
    for number, entry in enumerate(page.entries):
        link = next((link for link in links if resolve(page.url, link.href or "") == entry.url), None)
        if link is None:
            continue
        field, row = f"entries[{number}]", rows.get(link.number)
        yield look.attribute(link, "href", f"{field}.url", "the first link of the row's title")
        yield _row_title(look, link, field, entry.title)
        inside = elements(look.tree, row) if row is not None else ()
        dates = [span for span in inside if is_date(span)]
        codes = [span for span in inside if span.name == "stampidcode"]
        for key, value, spans in (("date", entry.date, dates), ("serial", entry.serial, codes)):
            if value is not None:
                yield look.inside(spans[0] if spans else link, f"{field}.{key}", value, f"the {key} of the row")


def _row_title(look: Look, link: Span, field: str, title: str) -> Explanation:
    if look.tree.line(link) == title:
        return look.inside(link, f"{field}.title", title, "the text of the row's link, which is not cut")
    return look.attribute(link, "title", f"{field}.title", "the link's @title, as its text is cut or empty")


def _pager(look: Look, page: Listing) -> Iterator[Explanation]:
    for span in look.tree.some("cbnext") if page.next_url else ():
        yield look.attribute(span, "href", "next_url", "the pager's link to the next sheet, by its id")
    text = look.source.decode(errors="replace")
    found = TOTAL.search(text)
    place = (len(text[: found.start(1)].encode()), len(text[: found.end(1)].encode())) if found else None
    yield located("sheets", "#PageNum" if found else None, place, RULES["sheets"])
