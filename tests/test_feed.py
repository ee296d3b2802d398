"""The Atom feed as feed readers, a schema and scripts meet it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import etree

from archiving import OTHER, SEED, SEED_FILE, STAMP, Archivist
from commands import Done, postarchive, program
from fakesite import FakeSite
from postarchive.collect import rebuild
from postarchive.export.feed import MAX_DRIFTED, NAMESPACE, FeedHead, feed_xml
from postarchive.models import Evidence
from postarchive.news import Drift, DriftedPage, PageEvent, drift_id, event_id
from postarchive.record.values import Article, Hotline, Image, Page
from prepared import Prepared

SEED_PAGE = SEED_FILE.read_bytes()
EDITED = SEED_PAGE.replace(b"17 major tasks", b"18 <b>minor</b> tasks")
DRIFTED = SEED_PAGE.replace(b"ReportIDtext", b"StoryBody")
OTHER_PAGE = SEED_FILE.with_name("8450-1.htm").read_bytes()
FULL_DISK = Path("/dev/full")
TITLE = "China Post releases action plan for serving rural revitalization"
TIME = datetime(2026, 5, 6, 8, 0, 1, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
PLACE = Evidence("warc/2026/20260506T080000Z.warc.gz", 1234, 567, "<urn:uuid:1>", "sha256:ZAKHKMKFQQOG4V3FVTUE====")
HEAD = FeedHead(
    id="tag:postarchive.example,2026:feed/news",
    title="News",
    subtitle="What happened.",
    home="http://english.chinapost.com.cn/",
    version="1.2.3",
    when_empty=TIME,
)
ARTICLE = Article(
    kind="news",
    url=SEED,
    node=23048456,
    title="Rural plan",
    source="中国邮政报",
    date="2023-03-29",
    editor="Li Si",
    paragraphs=("First paragraph.", "Second\nparagraph."),
    images=(Image("http://english.chinapost.com.cn/res/a.jpg", "A village"),),
    hotlines=(Hotline("Postal Business", "8610 11185", None),),
    leftovers=("Share this",),
)
NO_RECORD = Page(kind="", url=SEED, node=None)
NEW = PageEvent(
    site="english",
    key="23048456-1",
    url=SEED,
    kind="news",
    name="new",
    time=TIME,
    first_seen=TIME - DAY,
    detail=None,
    record=ARTICLE,
    before=None,
    evidence=PLACE,
)
EDIT = replace(
    NEW,
    name="edit",
    detail="title, paragraphs",
    before=replace(ARTICLE, title="Rural plans", paragraphs=("First paragraph.", "邮局开业")),
    record=replace(ARTICLE, paragraphs=("First paragraph.", "邮局停业")),
)
GONE = replace(NEW, name="gone", detail="HTTP 404, confirmed by its dynamic form")
BACK = replace(NEW, name="back")
DRIFT = Drift(
    "20260507T080000Z",
    TIME + DAY,
    (DriftedPage(SEED, "no longer shows: paragraphs", ("paragraphs",)), DriftedPage(OTHER, "a redesign?", ())),
)
HOSTILE = [
    "<script>alert(1)</script>",
    "</title></entry></feed>",
    "]]>",
    "a & b &amp; &lt;i&gt; &#0; &bogus;",
    '"\'><img src=x onerror=alert(1)>',
    "bell\x07 escape\x1b[31m null\x00 vertical\x0b",
    "override\u202etxt.exe\u2066",
    "not a character \ufffe\uffff, half a pair \ud800",
    "<!--", "<![CDATA[", "<?xml?>", "&xxe;", "邮政\u3000𠮷",
]  # fmt: skip


class Markup(HTMLParser):
    """What HTML makes a browser show: its tags, and its text."""

    def __init__(self, html: str) -> None:
        """Read it whole."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data


@pytest.fixture(scope="module")
def schema() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))


@pytest.fixture
def lived(site: FakeSite, archivist: Archivist, prepared: Prepared) -> Archivist:
    """Return an archive with an article that was edited, one that went and came back, and a stamp."""
    return prepared.bring(edit_one_and_lose_one, site, archivist)


def edit_one_and_lose_one(site: FakeSite, archivist: Archivist) -> None:
    archivist.fetch(SEED, OTHER, STAMP)
    site.edit(SEED, EDITED)
    site.remove(OTHER)
    archivist.fetch(SEED, OTHER)
    site.edit(OTHER, OTHER_PAGE)
    archivist.fetch(OTHER)


def written(*events: PageEvent, head: FeedHead = HEAD, drift: Drift | None = None) -> str:
    return "".join(feed_xml(head, events, drift=drift))


def tree(text: str) -> etree._Element:
    return etree.fromstring(text.encode())


def read(text: str) -> Any:  # noqa: ANN401 - feedparser has no types
    """Return the feed as feedparser sees it. It must find nothing wrong."""
    found = feedparser.parse(text.encode(), sanitize_html=False)
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found


def content(text: str, place: int = 0) -> Markup:
    (found,) = read(text).entries[place].content
    assert found.type == "text/html"
    return Markup(found.value)


# --- what readers get -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "drift", "head"),
    [
        pytest.param((), None, HEAD, id="empty"),
        pytest.param((NEW,), None, HEAD, id="new"),
        pytest.param((EDIT, GONE, BACK), None, HEAD, id="edit, gone, back"),
        pytest.param((NEW,), DRIFT, HEAD, id="drift"),
        pytest.param((), DRIFT, HEAD, id="drift only"),
        pytest.param((NEW,), None, replace(HEAD, self_url="https://archive.example/邮政 feed.atom"), id="self"),
        pytest.param((replace(NEW, url='http://english.chinapost.com.cn/a b"<>é.htm'),), None, HEAD, id="odd URL"),
        pytest.param((replace(NEW, record=NO_RECORD),), None, HEAD, id="no record"),
    ],
)
def test_feed_is_valid(
    schema: etree.RelaxNG, events: tuple[PageEvent, ...], drift: Drift | None, head: FeedHead
) -> None:
    text = written(*events, head=head, drift=drift)

    assert schema.validate(tree(text)), schema.error_log
    assert len(read(text).entries) == len(events) + (drift is not None)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<updated>2026", "<updated>26"),
        ("08:00:01.123456Z</updated>", "08:00:01</updated>"),
        ("<id>tag:", "<id>"),
        ("<title>News</title>", ""),
        ("<title>News</title>", "<title>News</title><title>Olds</title>"),
        ("<name>中国邮政报</name>", "<name> </name>"),
        ('type="html"', 'type="text/html"'),
        ('term="news"', 'name="news"'),
        ("/8456-1.htm", "/8456 1.htm"),
        ("<published>", "<issued/><published>"),
    ],
)
def test_schema_refuses(schema: etree.RelaxNG, before: str, after: str) -> None:
    """A check that lets everything pass would prove nothing."""
    text = written(NEW)
    assert before in text

    assert not schema.validate(tree(text.replace(before, after)))


def test_feed_says_what_it_is_and_who_made_it() -> None:
    found = read(written(NEW, head=replace(HEAD, self_url="https://archive.example/feed.atom"))).feed

    assert (found.id, found.title, found.subtitle) == (HEAD.id, "News", "What happened.")
    assert (found.generator_detail.name, found.generator_detail.version) == ("postarchive", "1.2.3")
    assert [(link.rel, link.href) for link in found.links] == [
        ("alternate", "http://english.chinapost.com.cn/"),
        ("self", "https://archive.example/feed.atom"),
    ]


def test_entry_of_a_new_page_holds_byline_and_text() -> None:
    (entry,) = read(written(NEW)).entries
    shown = content(written(NEW))

    assert (entry.id, entry.title, entry.link, entry.author) == (event_id(NEW), "Rural plan", SEED, "中国邮政报")
    assert (entry.updated, entry.published) == ("2026-05-06T08:00:01.123456Z", "2026-05-05T08:00:01.123456Z")
    assert [tag.term for tag in entry.tags] == ["news"]
    for words in ("2023-03-29", "Li Si", "First paragraph.", "A village"):
        assert words in shown.text
    assert "Share this" not in shown.text
    assert "8610 11185" not in shown.text
    assert ("br", {}) in shown.tags


def test_pictures_are_links_and_nothing_is_loaded() -> None:
    shown = content(written(NEW))

    assert ("a", {"href": "http://english.chinapost.com.cn/res/a.jpg"}) in shown.tags
    assert not {"img", "link", "script", "style", "iframe"} & {name for name, _ in shown.tags}


def test_author_without_a_source_is_china_post() -> None:
    assert read(written(replace(NEW, record=replace(NO_RECORD, title="x")))).entries[0].author == "China Post"


def test_further_part_of_an_article_is_recognised() -> None:
    assert read(written(replace(NEW, record=replace(ARTICLE, sheet=2)))).entries[0].title == "Rural plan (part 2)"


def test_entry_of_an_edit_holds_its_differences() -> None:
    (entry,) = read(written(EDIT)).entries
    (html,) = (found.value for found in entry.content)

    assert (entry.title, entry.summary) == ("Changed: Rural plan", "Changed: title, paragraphs")
    assert "Rural <del>plans</del><ins>plan</ins>" in html
    assert "邮局<del>开</del><ins>停</ins>业" in html
    assert "First paragraph." not in html


@pytest.mark.parametrize(
    ("event", "title", "words"),
    [(GONE, "Gone: Rural plan", "HTTP 404, confirmed by its dynamic form"), (BACK, "Back: Rural plan", "again")],
    ids=["gone", "back"],
)
def test_entry_of_a_page_that_went_or_came_says_so(event: PageEvent, title: str, words: str) -> None:
    (entry,) = read(written(event)).entries

    assert entry.title == title
    assert words in entry.summary
    assert words in content(written(event)).text


@pytest.mark.parametrize("event", [NEW, EDIT, GONE, BACK], ids=lambda event: event.name)
def test_entry_names_its_evidence(event: PageEvent) -> None:
    shown = content(written(event)).text

    assert f"{PLACE.file} at byte 1234, {PLACE.shown_digest}, captured 2026-05-06T08:00:01.123456Z" in shown


def test_feed_is_as_old_as_its_newest_entry() -> None:
    assert read(written(replace(NEW, time=TIME + DAY), NEW)).feed.updated == "2026-05-07T08:00:01.123456Z"
    assert read(written(NEW, drift=DRIFT)).feed.updated == "2026-05-07T08:00:01.123456Z"
    assert read(written(head=replace(HEAD, when_empty=TIME - DAY))).feed.updated == "2026-05-05T08:00:01.123456Z"


def test_drift_is_the_first_entry_and_in_the_subtitle() -> None:
    text = written(NEW, drift=DRIFT)
    found = read(text)

    assert "drifted in run 20260507T080000Z" in found.feed.subtitle
    assert [entry.id for entry in found.entries] == [drift_id(DRIFT), event_id(NEW)]
    assert "2 findings" in found.entries[0].title
    shown = content(text).text
    for words in (SEED, "no longer shows: paragraphs (fields: paragraphs)", OTHER, "a redesign?"):
        assert words in shown


def test_drift_of_all_pages_names_some_and_counts_the_rest() -> None:
    many = replace(DRIFT, pages=tuple(DriftedPage(f"{SEED}?{n}", "no title", ()) for n in range(MAX_DRIFTED + 7)))

    shown = content(written(drift=many))

    assert sum(name == "li" for name, _ in shown.tags) == MAX_DRIFTED
    assert "7 more are left out here. All: postarchive runs 20260507T080000Z" in shown.text


# --- hostile text -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", HOSTILE, ids=ascii)
def test_hostile_text_is_mere_text(schema: etree.RelaxNG, words: str) -> None:
    images = (Image(words, words), Image("javascript:alert(1)", words))
    record = replace(ARTICLE, title=words, source=words, paragraphs=(words,), images=images)
    evil = replace(NEW, record=record, detail=words, url=f"{SEED}?{words}", key=words)
    drift = Drift("20260507T080000Z", TIME, (DriftedPage(words, words, (words,)),))

    text = written(evil, replace(evil, name="edit", before=NEW.record), replace(evil, name="gone"), drift=drift)

    assert schema.validate(tree(text)), schema.error_log
    found = read(text)
    assert len(found.entries) == 4
    for place in range(4):
        shown = content(text, place)
        names = {name for name, _ in shown.tags}
        assert names <= {"p", "br", "a", "h2", "h3", "ul", "li", "table", "tr", "th", "td", "del", "ins"}
        assert all(str(value).startswith("http") for name, values in shown.tags for value in values.values())
    assert not re.search("[\\x00-\\x09\\x0b-\\x1f\\x7f\\u202a-\\u202e\\u2066-\\u2069\\ufffe\\uffff]", text)


def test_harmless_part_of_a_title_is_kept() -> None:
    (entry,) = tree(written(replace(NEW, record=replace(NO_RECORD, title=HOSTILE[0] + " & 邮政 𠮷")))).findall(
        f"{{{NAMESPACE}}}entry"
    )

    assert entry.findtext(f"{{{NAMESPACE}}}title") == "<script>alert(1)</script> & 邮政 𠮷"


def test_feed_is_written_as_the_events_come() -> None:
    """A feed of everything must not be held in memory."""
    waiting = iter([NEW, NEW, NEW])
    pieces = feed_xml(HEAD, waiting, drift=None)

    assert "<entry>" in [next(pieces), next(pieces)][1]

    assert len(list(waiting)) == 2


# --- the command ------------------------------------------------------------------------------------------------------


def feed(archivist: Archivist, *arguments: str | Path) -> Done:
    return postarchive("feed", "--archive", archivist.folder, *arguments)


def test_archive_s_feed_passes_feedparser_and_the_schema(schema: etree.RelaxNG, lived: Archivist) -> None:
    done = feed(lived)

    assert (done.returncode, done.stderr) == (0, "")
    assert schema.validate(tree(done.stdout)), schema.error_log
    titles = [entry.title for entry in read(done.stdout).entries]
    assert [title.partition(": ")[0] for title in titles[:3]] == ["Back", "Gone", "Changed"]
    assert titles[2:] == [f"Changed: {TITLE}", titles[3], titles[0].removeprefix("Back: "), TITLE]
    assert "<del>17</del><ins>18</ins>" in read(done.stdout).entries[2].content[0].value


def test_feed_of_kinds_since_a_day_with_a_limit(lived: Archivist) -> None:
    assert [entry.category for entry in read(feed(lived, "--kind", "stamp").stdout).entries] == ["stamp"]
    assert len(read(feed(lived, "--limit", "2").stdout).entries) == 2
    assert len(read(feed(lived, "--limit", "0", "--kind", "news", "--kind", "stamp").stdout).entries) == 6
    assert read(feed(lived, "--since", "2027").stdout).entries == []


def test_ids_outlive_rebuild_and_further_runs(site: FakeSite, lived: Archivist) -> None:
    before = feed(lived)
    lived.database.unlink()
    rebuild(lived.folder)

    assert feed(lived).stdout == before.stdout

    site.edit(SEED, SEED_PAGE)
    lived.fetch(SEED)
    ids = [[entry.id for entry in read(done.stdout).entries] for done in (before, feed(lived))]
    assert ids[1][1:] == ids[0]


def test_same_archive_gives_the_same_bytes_while_nothing_happens(lived: Archivist, tmp_path: Path) -> None:
    first, second = tmp_path / "first.atom", tmp_path / "second.atom"

    assert feed(lived, "-o", first) == Done(0, "", "")
    lived.fetch(SEED)
    assert feed(lived, "-o", second) == Done(0, "", "")

    assert first.read_bytes() == second.read_bytes()
    assert first.read_text() == feed(lived).stdout


def test_archive_in_drift_says_so_with_one_id_a_run(site: FakeSite, lived: Archivist) -> None:
    site.edit(SEED, DRIFTED)
    lived.fetch(SEED)

    found = read(feed(lived).stdout)

    (run,) = lived.rows("SELECT max(run) FROM runs")[0]
    assert found.entries[0].id == f"tag:postarchive.example,2026:drift/{run}"
    assert SEED in found.entries[0].content[0].value
    assert "(fields: text)" in found.entries[0].content[0].value
    assert f"drifted in run {run}" in found.feed.subtitle
    assert found.feed.updated == found.entries[0].updated


def test_empty_archive_has_an_empty_feed_as_old_as_its_last_run(
    schema: etree.RelaxNG, site: FakeSite, archivist: Archivist
) -> None:
    site.remove(SEED)
    archivist.fetch(SEED)

    done = feed(archivist)

    assert schema.validate(tree(done.stdout)), schema.error_log
    found = read(done.stdout)
    assert found.entries == []
    (ended,) = archivist.rows("SELECT ended FROM runs")[0]
    assert found.feed.updated == str(ended).replace("+00:00", "Z")
    archivist.execute("UPDATE runs SET ended = NULL")
    assert read(feed(archivist).stdout).feed.updated == "1970-01-01T00:00:00.000000Z"


def test_hostile_page_stays_text_on_its_whole_way(schema: etree.RelaxNG, site: FakeSite, archivist: Archivist) -> None:
    evil = "&lt;script&gt;alert(1)&lt;/script&gt; ]]&gt; &amp;amp; \u202e邮".encode()
    site.edit(SEED, SEED_PAGE.replace(TITLE.encode(), evil))
    archivist.fetch(SEED)

    done = feed(archivist)

    assert schema.validate(tree(done.stdout)), schema.error_log
    (title,) = tree(done.stdout).xpath("//a:entry/a:title/text()", namespaces={"a": NAMESPACE})  # type: ignore[misc, str-unpack]
    assert title == "<script>alert(1)</script> ]]> &amp; 邮"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--self-url", "feed.atom"], ["--self-url feed.atom", "https://"]),
        (["--title", " "], ["--title", "empty"]),
        (["--since", "someday"], ["someday", "2023-03-29"]),
        (["--kind", "article"], ["article", "news"]),
        (["--limit", "-1"], ["--limit", "-1"]),
    ],
    ids=["self-url", "title", "since", "kind", "limit"],
)
def test_mistake_is_one_line(lived: Archivist, arguments: list[str], words: list[str]) -> None:
    done = feed(lived, *arguments)

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    for word in words:
        assert word in done.stderr


def test_missing_archive_is_refused(tmp_path: Path) -> None:
    done = postarchive("feed", "--archive", tmp_path / "none")

    assert (done.returncode, done.stdout) == (65, "")
    assert "postarchive fetch" in done.stderr


def test_file_that_cannot_be_written_leaves_the_old_one(lived: Archivist, tmp_path: Path) -> None:
    done = feed(lived, "-o", tmp_path / "missing" / "feed.atom")

    assert (done.returncode, len(done.stderr.splitlines())) == (73, 1)
    assert list(tmp_path.glob("*.atom")) == []


@pytest.mark.skipif(not FULL_DISK.exists(), reason="this system has no /dev/full")
def test_full_disk_is_reported_in_one_line(lived: Archivist) -> None:
    done = feed(lived, "-o", FULL_DISK)

    assert (done.returncode, len(done.stderr.splitlines())) == (73, 1)


def test_feed_is_utf_8_on_any_terminal(lived: Archivist) -> None:
    done = program("feed", "--archive", lived.folder, PYTHONIOENCODING="ascii")

    assert (done.returncode, done.stdout) == (0, feed(lived).stdout)
    assert "’" in done.stdout
