"""Stories made at random from the variants of SITE.md §4; how a page was made says what its record must be."""

from random import Random

import pytest

from reading import read_news, told

TITLES = (
    "Mail reaches the valley",
    "Parcels of 2013",
    "The Sessions'",
    "A | B",
    "Source of the river",
    "100 years: 1896-1996",
    "来源的信",
)
SOURCES = ("", "China Post News", "《中国邮政报》", "State Post Bureau (SPB)", "People's Daily Online")
DATES = {"2023-03-29": "2023-03-29", "2023-03-29 10:05": "2023-03-29", "March 29, 2023": "2023-03-29", "": None}
HEADINGS = {"": None, "<div>{title}</div>": None, '<div><span id="CurrentlyNode">Pressroom</span></div>': "Pressroom"}
SUBTITLES = {
    "": None,
    "—— On the pass: 2019": "On the pass: 2019",
    "<span id='ReportIDgetSubhead'>—— On the pass</span>": "On the pass",
}
BYLINES = (
    "|{source}|{date}",
    "来源：{source}　时间：{date}",
    "发布时间：{date}来源：{source}",
    "Source: {source} Date: {date}",
    "<table><tr><td>来源：{source}</td><td>时间：{date}</td></tr></table>",
)
BODIES = {
    "<p>Rain fell.</p>": ["Rain fell."],
    "<p>&nbsp;</p>": [],
    "<p>1. One.<br />2. Two.</p>": ["1. One.\n2. Two."],
    "<table><tr><td>Year</td><td>2022</td></tr></table>": ["Year | 2022"],
    "<p>|China Post|2019-01-01</p>": ["|China Post|2019-01-01"],
    "<p>Two </span>three.</p>": ["Two three."],
    "<p>Open <b>bold</p>": ["Open bold"],
    "<p>Date: 2019-01-01</p>": ["Date: 2019-01-01"],
}
AROUND = ("<ul><li>{}</li></ul>", "<div class='conts'>{}</div>", "<table><tr><td>{}</td></tr></table>", "{}")


def story(chance: Random) -> tuple[str, dict[str, object]]:
    """Return a content region, and what its record must say."""
    title, source, date = chance.choice(TITLES), chance.choice(SOURCES), chance.choice(list(DATES))
    heading, subtitle = chance.choice(list(HEADINGS)), chance.choice(list(SUBTITLES))
    bodies = chance.sample(list(BODIES), 3)
    byline = chance.choice(BYLINES).format(
        source=f"<span id='ReportIDMediaName'>{source}</span>", date=f"<span id='ReportIDIssueTime'>{date}</span>"
    )
    parts = [f"<div>{byline}</div>", f"<span id='ReportIDtext'>{''.join(bodies)}</span>"]
    chance.shuffle(parts)
    name = f"<h1><span id='ReportIDname'>{title}</span>{subtitle}</h1>"
    content = heading.format(title=title) + chance.choice(AROUND).format(name + "".join(parts))
    return content, {
        "title": title,
        "subtitle": SUBTITLES[subtitle],
        "source": source or None,
        "date": DATES[date],
        "section": HEADINGS[heading],
        "paragraphs": [text for body in bodies for text in BODIES[body]],
        "leftovers": [],
    }


@pytest.mark.parametrize("seed", range(5))
def test_story_made_at_random_is_read_as_it_was_made(seed: int) -> None:
    chance = Random(seed)  # noqa: S311  # no secret

    for _ in range(6):
        content, expected = story(chance)
        assert told(read_news(content, title=str(expected["title"])), expected) == expected, content
