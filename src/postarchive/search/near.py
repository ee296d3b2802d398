"""Words with a spelling similar to those of a search that found nothing."""

from collections.abc import Iterable

SUGGESTIONS = 5
MAX_WORDS, LONGEST_WORD = 5, 40  # of a search: each is compared with every word of the titles, letter by letter


def suggest(word: str, vocabulary: Iterable[str]) -> list[str]:
    """Return the vocabulary's words with the nearest spelling, best first, as spelled there; never the word itself."""
    from difflib import get_close_matches  # noqa: PLC0415 - only where nothing was found

    asked = word.casefold()
    spellings = {known.casefold(): known for known in vocabulary}
    spellings.pop(asked, None)
    return [spellings[near] for near in get_close_matches(asked, spellings, n=SUGGESTIONS, cutoff=0.7)]


def suggestions(text: str, titles: Iterable[str]) -> list[str]:
    """Return words of titles that are spelled like the first words of a search that found nothing.

    A word that occurs in a title gets no suggestion: then another word of the search was not found.
    """
    words = [word for word in text.replace('"', " ").split() if word.isalpha() and len(word) <= LONGEST_WORD]
    vocabulary = {word for title in titles for word in title.split() if len(word) <= 2 * LONGEST_WORD}
    known = {word.casefold() for word in vocabulary}
    words = [word for word in words if word.casefold() not in known]
    return [near for word in words[:MAX_WORDS] for near in suggest(word, vocabulary)]
