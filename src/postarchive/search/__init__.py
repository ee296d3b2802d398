"""Turn text into what the full-text index holds, and a person's words into queries on it.

The index is FTS5 with `porter ascii` and the columns `body` and `title`: it stems English, and splits words only at
ASCII signs. So we give it letters without case and accents, and other signs as blanks: this takes half the time of its
Unicode tokenizer, and the same rule finds the words to mark. Chinese, Japanese or Korean runs are indexed as
overlapping pairs and the last character (`中国邮政` as `中国 国邮 邮政 政`), and searched for as a phrase of pairs.

letters  which characters are parts of words, and how each is simplified
words    words as the index holds them
pairs    runs of characters as their overlapping pairs
query    a person's words as a query on the index
marks    where the words occur in a text, to highlight them
near     words with similar spelling
"""

from postarchive.search.marks import marks, snippet
from postarchive.search.near import suggest, suggestions
from postarchive.search.query import containing, literals, parse_query
from postarchive.search.words import indexed, segment

__all__ = [
    "containing",
    "indexed",
    "literals",
    "marks",
    "parse_query",
    "segment",
    "snippet",
    "suggest",
    "suggestions",
]
