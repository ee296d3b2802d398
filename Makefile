# The commands of the checkout. Everything they make is in .venv, .venv-* and .demo.

.PHONY: help demo test test-newest bench docs reference outputs guarantees clean FORCE
.DELETE_ON_ERROR:
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

VENV := .venv
ifeq ($(origin PYTHON),command line)  # each Python that is named has an environment of its own
VENV := .venv-$(shell "$(PYTHON)" -c 'import platform; print(platform.python_version())' 2>/dev/null)
endif
BIN := $(VENV)/bin
CONSTRAINED := -c constraints.txt
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input

# The first Python that is new enough and can make an environment; `make test PYTHON=/path/to/python` takes another.
IS_FIT := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$name" -c '$(IS_FIT)' >/dev/null 2>&1 && echo "$$name" && break; done)

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile

demo: $(VENV)/installed ## archive a small bundled site and query it; needs no network once installed
	@rm -rf .demo
	@$(BIN)/postarchive demo --archive .demo

test: $(VENV)/test $(VENV)/installed ## check style, types and import contracts, then test the installed wheel
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q --collect-only >/dev/null 2>&1 & $(BIN)/mypy && wait
	@$(BIN)/python -m pytest -n auto --dist worksteal

test-newest: ## the same with the newest versions of all libraries, in an environment of its own
	@$(MAKE) --no-print-directory test VENV=.venv-newest CONSTRAINED=

bench: $(VENV)/installed $(VENV)/bench ## measure parser, rebuild and fetch against their floors and rivals
	@$(BIN)/python benchmarks/bench.py

docs: $(VENV)/docs ## build the documentation as a site in docs/_build
	@$(BIN)/sphinx-build -q -n -W -b html docs docs/_build

reference: $(VENV)/installed ## write docs' tables of commands, fields and columns from the code
	@$(BIN)/python tools/reference.py

outputs: $(VENV)/installed $(VENV)/test ## run the command lines of docs, and write what they print
	@$(BIN)/python tests/docs.py README.md docs/*.md

guarantees: $(VENV)/installed $(VENV)/test ## try every kind of tampering, and write what is said into docs/guarantees.md
	@$(BIN)/python -m pytest -q tests/test_guarantees.py --write-guarantees

clean: ## remove all that these commands made
	rm -rf .venv .venv-* .demo docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/created:
	@$(if $(PYTHON),,echo 'make: needs Python 3.11 or newer with venv; install it, or say make PYTHON=/path/to/python' >&2; exit 1)
	@"$(PYTHON)" -c '$(IS_FIT)' 2>/dev/null || { echo 'make: $(PYTHON) is no Python 3.11 or newer with venv' >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear $(VENV)
	@$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

# What the wheel is made of; the file changes only when a source does, appears or goes.
$(VENV)/sources: $(VENV)/created FORCE
	@find src fixtures tools pyproject.toml README.md LICENSE -type f ! -name '*.pyc' -exec cksum {} + | sort >$@.now
	@if cmp -s $@.now $@; then rm $@.now; else mv $@.now $@; fi

$(VENV)/installed: $(VENV)/sources constraints.txt
	@rm -rf $(VENV)/wheel
	@$(PIP) wheel --no-deps --wheel-dir $(VENV)/wheel .
	@$(PIP) install --force-reinstall --no-deps $(VENV)/wheel/*.whl
	@$(PIP) install $(CONSTRAINED) $(VENV)/wheel/*.whl
	@touch $@

$(VENV)/test $(VENV)/bench $(VENV)/docs: $(VENV)/%: $(VENV)/created pyproject.toml constraints.txt
	@$(PIP) install --no-compile $(CONSTRAINED) --group $*  # the first to import a module compiles it; of most nobody asks
	@touch $@
