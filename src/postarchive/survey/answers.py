"""The open questions that only the site itself can answer (SITE.md §13), and what was found about each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from postarchive.jsonvalue import JsonObject
from postarchive.survey import around, layout, listed, served
from postarchive.survey.visit import Found, Visit

# name of the question, the question, and the function that looks for the answer
QUESTIONS: Final[tuple[tuple[str, str, Callable[[Visit], Found]], ...]] = (
    ("template", "Which build of the CMS wrote the pages?", layout.template),
    ("line_ends", "How do lines end?", layout.line_ends),
    ("encoding", "Which charset is declared, and is it right?", layout.encoding),
    ("doctype", "Is the html5 flag set?", layout.doctype),
    ("fields", "Which elements and classes surround each field, which markup is before and after it?", around.fields),
    ("byline", "Where are the bars, blanks and dashes of the byline?", around.byline),
    ("heading", "What is the heading line above an article?", layout.heading),
    ("navigation", "What do header and main navigation show?", layout.navigation),
    ("folders", "Do folders have a sidebar, hotlines and a footer?", layout.folders),
    ("community", "Which community and folder are files in?", layout.community),
    ("site_name", "What is the site called in <title>?", layout.site_name),
    ("lists", "Which lists are there, with which rows?", listed.lists),
    ("page_size", "How many rows does a full sheet of a list have?", listed.page_size),
    ("pager_labels", "What are the pager's links called, in which language?", listed.pager),
    ("robots", "Is there a robots.txt, and what does it ask?", served.robots),
    ("validators", "Do pages come with ETag or Last-Modified?", served.validators),
    ("conditional", "Does a conditional request get 304?", served.conditional),
    ("https", "Does the host support https?", served.https),
    ("not_found", "What does a page that does not exist bring?", served.missing),
    ("grammar", "Do /cn/ or /en/ URLs replace /html1/?", served.grammar),
    ("mirror", "Does the mirror still respond?", served.mirror),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, and its answer.

    `words` is the answer in one line, None when there is none: then `why` says why. `facts` are its figures, `pages`
    the URLs it is based on.
    """

    name: str
    question: str
    words: str | None
    why: str | None
    facts: JsonObject
    pages: tuple[str, ...]


def answers(visit: Visit) -> tuple[Answer, ...]:
    """Return the answer to each question."""
    return tuple(_answer(visit, name, question, find) for name, question, find in QUESTIONS)


def _answer(visit: Visit, name: str, question: str, find: Callable[[Visit], Found]) -> Answer:
    found = find(visit)
    why = None if found.words is not None else found.why or "nothing found answers it"
    return Answer(name, question, found.words, why, found.facts, found.pages)
