"""Everything that reads stored bytes is total: any text in any header, address or field is read or refused."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from archiving import SEED
from mutations import HOSTILE
from postarchive.ahead.prepared import is_our_business
from postarchive.errors import Forbidden, UnreadableInput, UsageError
from postarchive.fetch import cool_down, is_html, redirect_target
from postarchive.fetch.robots import read_rules
from postarchive.models import Capture, Headers
from postarchive.record.revisions import changed_fields, fingerprint, judge, normal_form
from postarchive.record.values import Attachment, Image, Stamp
from postarchive.search import indexed
from postarchive.wayback import check_askable, is_page, parse_index, raw_form, replay_url, unwrapped

ANY_TEXT = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=40),
    st.text(st.characters(codec=None, categories=("Cs", "Cc", "Nd", "Po", "So")), max_size=10),
    st.tuples(st.sampled_from(HOSTILE), st.sampled_from(HOSTILE)).map("".join),
)
ANY_TIME = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=23)), timezone(-timedelta(hours=23))]))
NAMES = ("Retry-After", "Location", "Content-Type", "Memento-Datetime", "x-archive-orig-Content-Type")
ANY_HEADERS = st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), ANY_TEXT), ANY_TEXT), max_size=4).map(tuple)
STATUSES = st.sampled_from([0, 200, 302, 304, 404, 429, 503, 999])
total = settings(derandomize=True, deadline=None, database=None, max_examples=100)


@total
@given(url=ANY_TEXT, time=ANY_TIME, status=STATUSES, headers=ANY_HEADERS)
def test_any_head_says_whether_and_where_to_redirect(url: str, time: datetime, status: int, headers: Headers) -> None:
    for address in (url, SEED, replay_url("20230401020304", url), f"https://web.archive.org/web/{url}id_/{SEED}"):
        capture = Capture(address, time, status, headers, b"")
        redirect_target(capture)
        is_html(capture)
        is_our_business(capture)
        for response in (capture, unwrapped(capture)):
            until = cool_down(response)
            assert until is None or until.tzinfo is not None


@total
@given(url=ANY_TEXT, body=st.one_of(st.binary(max_size=60), ANY_TEXT.map(lambda text: json.dumps([[text]]).encode())))
def test_any_response_of_the_wayback_machine_is_an_index_or_refused(url: str, body: bytes) -> None:
    is_page(url)
    raw_form(url)
    with suppress(Forbidden, UsageError):
        check_askable(url)
    with suppress(UnreadableInput):
        parse_index(body)


@total
@given(lines=st.lists(st.tuples(st.sampled_from(["User-agent", "Disallow", "Crawl-delay", "Visit-time"]), ANY_TEXT)))
def test_any_robots_txt_has_rules(lines: list[tuple[str, str]]) -> None:
    text = "\n".join(f"{name}: {value}" for name, value in [("User-agent", "*"), *lines])
    body = text.encode(errors="surrogatepass")

    rules = read_rules(Capture(SEED, datetime.now(UTC), 200, (), body))

    assert rules.crawl_delay_seconds >= 0
    rules.allow(SEED)


@total
@given(old=ANY_TEXT, texts=st.lists(ANY_TEXT, max_size=4))
def test_any_texts_make_a_record_that_can_be_judged_and_found(old: str, texts: list[str]) -> None:
    page = Stamp(kind="stamp", url=SEED, node=23048456, title=old)
    new = replace(
        page,
        title="".join(texts),
        paragraphs=tuple(texts),
        images=tuple(Image(text, text) for text in texts),
        attachments=tuple(Attachment(text, text) for text in texts),
        facts=tuple((text, text) for text in texts),
    )

    assert judge(None, new, mark=fingerprint(new), skeleton="x") == "new"
    assert isinstance(changed_fields(page, new), list)
    assert len(fingerprint(new)) == len(fingerprint(page))
    assert json.dumps(normal_form(new))
    assert all(isinstance(column, str) for column in indexed(new))
