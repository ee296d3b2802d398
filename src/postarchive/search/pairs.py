"""Runs of characters as their overlapping pairs: `中国邮政` as `中国 国邮 邮政 政`."""

import sys
from array import array

_SIGN, _CODED = "I", f"utf-32-{'le' if sys.byteorder == 'little' else 'be'}"  # a character as a number of four bytes
_END = "\0"  # occurs in no run


def pairs_of(runs: list[str]) -> list[str]:
    """Return each run as its overlapping pairs and its last character alone, between blanks; done in bulk, as numbers.

    Each character is followed by the next one in its run, or a blank, and then a blank.
    """
    if not runs:
        return []
    signs = _numbers(_END + _END.join(runs))
    followers = _numbers(f" {'  '.join([run[1:] for run in runs])} ")
    triples = array(_SIGN, [ord(" ")]) * (3 * len(signs))
    triples[0::3], triples[1::3] = signs, followers
    return triples.tobytes().decode(_CODED).split(_END)[1:]


def _numbers(text: str) -> "array[int]":
    signs = array(_SIGN)
    signs.frombytes(text.encode(_CODED))
    return signs
