"""`runs` of a name that there is not."""

import json

from commands import Run, assert_one_line


def test_unknown_run_is_an_error_that_names_similar_ones(run: Run) -> None:
    known = json.loads(run("runs", "-f", "json").stdout)[0]["run"]

    assert_one_line(run("runs", known[:-2] + "9Z"), 65, "no such run", known)
    assert_one_line(run("runs", "no-such-run"), 65, "no such run", known)
    assert run("runs", known).stderr == f"{known}: no problems.\n"
