"""Rows, listed by any command, in the formats of `query`."""

import csv
import json
from io import StringIO

import pytest

from archiving import (
    SEED,
)
from commands import Run


@pytest.mark.parametrize("command", [["history", SEED], ["hotlines"], ["registrations"], ["runs"]])
def test_listing_has_the_formats_of_a_query(run: Run, command: list[str]) -> None:
    whole = json.loads(run(*command, "-f", "json").stdout)
    lines = [json.loads(line) for line in run(*command, "-f", "jsonl").stdout.splitlines()]
    tables = {
        form: list(csv.DictReader(StringIO(run(*command, "-f", form).stdout), delimiter=sign))
        for form, sign in (("csv", ","), ("tsv", "\t"))
    }

    assert lines == whole
    assert [len(rows) for rows in tables.values()] == [len(whole)] * 2
    assert run(*command, "-f", "md").stdout.startswith("| ")
