"""Runs of characters as their overlapping pairs: `中国邮政` as `中国 国邮 邮政 政`."""

import sys
from array import array
from itertools import accumulate

_SIGN, _CODED = "I", f"utf-32-{'le' if sys.byteorder == 'little' else 'be'}"  # a character as a number of four bytes


def pairs_of(runs: list[str]) -> list[str]:
    """Return each run as its overlapping pairs and its last character alone, between blanks; all in one go, as numbers.

    Behind each character come the one that follows it, and a blank. Between the runs stands a blank, which follows the
    last character: so each run is a slice, from the blank of the triple before it to that of its own last one.
    """
    signs = _numbers(f" {' '.join(runs)} ")
    triples = array(_SIGN, [ord(" ")]) * (3 * len(signs))
    triples[0::3], triples[1::3] = signs, signs[1:] + signs[-1:]
    paired = triples.tobytes().decode(_CODED)
    starts = accumulate((len(run) + 1 for run in runs), initial=1)
    return [paired[3 * at - 1 : 3 * (at + len(run)) - 1] for at, run in zip(starts, runs, strict=False)]


def _numbers(text: str) -> "array[int]":
    signs = array(_SIGN)
    signs.frombytes(text.encode(_CODED))
    return signs
