"""Order and count what a search matches, by facts about a copy that are read beforehand.

A score is SQLite's own (bm25), as in the terminal's search. Getting scores takes ten times as long as finding the
matches; but a search's score is the sum of its phrases' scores. So the scores of phrases are kept: a new combination of
words that readers have already searched for needs no scores from SQLite.
"""

import json
from array import array
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial, reduce
from heapq import nsmallest
from operator import add
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from postarchive.search import parse_query, summed_phrases
from postarchive.serve.asking import Row
from postarchive.serve.sought import KNOWN_GROUPS, PLACED, PLACES, SCORES, TITLED, statement_of, values_of
from postarchive.serve.wanted import SiteSearch
from postarchive.store.find import TITLE_BONUS

if TYPE_CHECKING:
    from postarchive.serve.database import Watched

FEW = 2_000  # matches: for no more, SQLite is asked for the scores directly, unless all phrases are known
MOST_PHRASES = 8  # of a search; for more, SQLite is asked directly too
MOST_KEPT_BYTES = 16 << 20  # of scores of a copy's phrases: some three hundred words in 20,000 articles
MOST_IN_TWO_BYTES = 1 << 16


class FacetGroup(NamedTuple):
    """Articles that facets count together; None: not shown. Blanks separate the hosts."""

    kind: str
    year: int | None
    source: str | None
    hosts: str


class Ranked(NamedTuple):
    """Some of the articles that match, in order, and how many of all matches are in each group."""

    ids: tuple[int, ...]
    counts: dict[FacetGroup, int]


class Scores:
    """The scores of a phrase, in little memory: for each article the index of its score among the distinct ones."""

    def __init__(self, scores: Mapping[int, float], articles: int) -> None:
        """Take the score of each place; there are `articles` places."""
        numbers = {score: number for number, score in enumerate(dict.fromkeys(scores.values()), start=1)}
        self._different = array("d", [0.0, *numbers])
        kind = "H" if len(numbers) < MOST_IN_TWO_BYTES else "I"
        self._numbers = array(kind, bytes(array(kind).itemsize * articles))
        for place, score in scores.items():
            self._numbers[place] = numbers[score]

    def of(self, places: Iterable[int]) -> Iterable[float]:
        """Return the score of each of these places, 0 if it has none."""
        return map(self._different.__getitem__, map(self._numbers.__getitem__, places))

    @property
    def bytes(self) -> int:
        """How much memory they take, in bytes."""
        return sum(part.itemsize * len(part) for part in (self._numbers, self._different))


class KeptScores:
    """The latest scores of phrases, as many as there is room for; several threads may use it at once."""

    def __init__(self, most_bytes: int) -> None:
        """Keep at most this many bytes."""
        self._room = most_bytes
        self._kept: OrderedDict[str, Scores] = OrderedDict()
        self._lock = Lock()

    def get(self, phrase: str) -> Scores | None:
        """Return the scores of a phrase; None when they are not kept."""
        with self._lock:
            if phrase in self._kept:
                self._kept.move_to_end(phrase)
            return self._kept.get(phrase)

    def keep(self, phrase: str, scores: Scores) -> None:
        """Keep them, and drop those that have not been used for longest."""
        with self._lock:
            if phrase not in self._kept:
                self._kept[phrase] = scores
                self._room -= scores.bytes
            while self._room < 0:
                self._room += self._kept.popitem(last=False)[1].bytes


class Ranking:
    """What orders and counts the articles of one copy: each one's place by date and by title, group and weight."""

    def __init__(self, link: "Watched", most_kept_bytes: int = MOST_KEPT_BYTES) -> None:
        """Read it from the copy."""
        _, groups = link.own_rows(KNOWN_GROUPS, {})
        _, [columns] = link.own_rows(PLACED, {})
        ids, numbers, titles, weights = map(json.loads, columns)
        self._groups = {number: FacetGroup(*group) for number, *group in groups}
        self._ids, self._group, self._by_title = ids, array("q", numbers), array("q", titles)
        self._place = {article: place for place, article in enumerate(ids)}
        self._lighter = {place: weight for place, weight in enumerate(weights) if weight < 1}
        self._kept = KeptScores(most_kept_bytes)

    def ranked(self, link: "Watched", wanted: SiteSearch, first: int, most: int) -> Ranked:
        """Return what matches, with at most `most` ids from place `first` on."""
        expression = parse_query(wanted.q)
        values = values_of(wanted, expression)
        places = self._places(link, statement_of(wanted, expression), values)
        counts = Counter(map(self._group.__getitem__, places))
        if wanted.sort in PLACES:
            keys = self._keys(link, wanted, values, places)
            places = [place for _, place in nsmallest(first + most, zip(keys, places, strict=True))]
        ids = map(self._ids.__getitem__, places[first : first + most])
        return Ranked(tuple(ids), {self._groups[number]: count for number, count in counts.items()})

    def _places(self, link: "Watched", sql: str, values: Row) -> list[int]:
        """Return the places of the articles whose ids a statement returns."""
        _, [(ids,)] = link.own_rows(sql, values)
        return list(map(self._place.__getitem__, json.loads(ids)))

    def _keys(self, link: "Watched", wanted: SiteSearch, values: Row, places: Sequence[int]) -> Iterable[float]:
        """Return the sort keys of these places; equal keys are sorted by date."""
        if wanted.sort == "title":
            return map(self._by_title.__getitem__, places)
        if wanted.sort == "date" or values["expression"] is None:
            return places
        scores = self._scores(link, wanted.q, values, places)
        titled = set(self._places(link, TITLED, values))
        if titled.isdisjoint(places) and self._lighter.keys().isdisjoint(places):
            return scores
        by_place = dict(zip(places, scores, strict=True))
        for place in self._lighter.keys() & by_place.keys():
            by_place[place] *= self._lighter[place]
        for place in titled & by_place.keys():
            by_place[place] -= TITLE_BONUS
        return by_place.values()

    def _scores(self, link: "Watched", text: str, values: Row, places: Sequence[int]) -> Iterable[float]:
        """Return the score of each of these places."""
        phrases = summed_phrases(text)
        if not 0 < len(phrases) <= MOST_PHRASES or (len(places) <= FEW and None in map(self._kept.get, phrases)):
            ids = json.dumps([self._ids[place] for place in places]) if len(places) <= FEW else None
            return map(self._asked(link, {**values, "ids": ids}).__getitem__, places)
        return reduce(partial(map, add), (self._of_phrase(link, phrase).of(places) for phrase in phrases))

    def _of_phrase(self, link: "Watched", phrase: str) -> Scores:
        """Return the scores of a phrase, kept ones or from SQLite."""
        scores = self._kept.get(phrase)
        if scores is None:
            scores = Scores(self._asked(link, {"expression": phrase, "ids": None}), len(self._ids))
            self._kept.keep(phrase, scores)
        return scores

    def _asked(self, link: "Watched", values: Row) -> dict[int, float]:
        """Return the scores of what an expression matches, by place; only of certain ids if any are given."""
        _, [(ids, scores)] = link.own_rows(SCORES, values)
        places = map(self._place.__getitem__, json.loads(ids))
        return dict(zip(places, map(float, scores.split(",") if scores else ()), strict=True))
