"""A run that is a copy of a process is the run of a fresh interpreter."""

import subprocess

import pytest

from commands import Done, program
from running import started


@pytest.mark.parametrize("arguments", [["--version"], ["fetch", "--delay", "x"]], ids=" ".join)
def test_copy_does_what_a_fresh_interpreter_does(arguments: list[str]) -> None:
    with started(*arguments) as run:
        out, err = run.communicate()

    assert Done(run.wait(), out, err) == program(*arguments)
    assert (run.memory_bytes > 2**20, run.seconds > 0) == (True, True)


def test_copy_lives_by_its_own_variables() -> None:
    with started("fetch", POSTARCHIVE_FETCH_DELAY="x") as run:
        _, said = run.communicate()

    assert run.wait() == 2
    assert "'x'" in said


def test_run_that_does_not_end_in_time_is_reported() -> None:
    with started("--version") as run, pytest.raises(subprocess.TimeoutExpired):
        run.wait(0)
