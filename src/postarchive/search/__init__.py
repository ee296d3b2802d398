"""Turn text into what the full-text index holds, and a person's words into queries of it.

The index is FTS5 with `porter ascii` and the columns `body` and `title`: it stems English, and parts at ASCII signs
alone. So letters reach it without case and accents, and other signs as blanks: which costs half of what its Unicode
tokenizer does, and is the same rule by which the words are marked. Runs of Chinese, Japanese or Korean are indexed as
their overlapping pairs and the last character alone (`中国邮政` as `中国 国邮 邮政 政`), and asked for as a phrase of
pairs.

letters  which characters are parts of words, and what is left of each
words    words as the index holds them
pairs    runs of characters as their overlapping pairs
query    a person's words as what the index is asked
marks    where they stand in a text, for the eye
near     words that are near in spelling
"""

from postarchive.search.marks import marks, snippet
from postarchive.search.near import suggest, suggestions
from postarchive.search.query import containing, literals, parse_query, summed_phrases
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
    "summed_phrases",
]
