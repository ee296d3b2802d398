"""What other programs say of a WARC file: `warcio check` and `fastwarc check`, each inside the process of the tests."""

import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest

from commands import Done, code_of


def checked(command: str, *files: Path) -> Done:
    """Check files with a command such as `fastwarc check -q`, up to the first that it does not accept."""
    program, *options = command.split()
    main, out, err, code = import_module(f"{program}.cli").main, StringIO(), StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for file in files:
            patch.setattr(sys, "argv", [program, *options, str(file)])
            code = code or code_of(main)
    return Done(code, out.getvalue(), err.getvalue())
