# The commands of Postroom. `make demo` shows it, `make test` checks it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do "$$p" -c 'import sys; sys.exit(not (3,11) <= sys.version_info[:2] <= (3,13))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
ARGS ?=
# How many processes share the tests. Tests wait more than they compute, so two cores can run three. 0 runs them one
# after the other.
JOBS ?= 3
PYTEST = $(BIN)/python -m pytest
# Compiled modules are kept, also where the environment says otherwise: each process of a run would compile them again.
unexport PYTHONDONTWRITEBYTECODE
# Each commit of a test waits for the disk, and hundreds of mailboxes take a minute to delete from a busy one. So what
# tests store is in memory, where there are two gigabytes of it and programs may be started from it. What passed is
# deleted at once.
MEMORY = $(shell test -w /dev/shm && ! grep -q '^[^ ]* /dev/shm [^ ]* [^ ]*noexec' /proc/mounts && \
  df --output=avail -k /dev/shm | awk 'NR == 2 && $$1 > 2000000 { print "TMPDIR=/dev/shm" }')
KEPT = -o tmp_path_retention_policy=failed
SHARED = -n $(JOBS) --dist loadfile --no-loadscope-reorder

.PHONY: help install demo check test cover lint types docs screenshots bench soak clean system

help:  ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

install: .venv/.stamp  ## make .venv with everything that demo and test need

.venv/.stamp: pyproject.toml requirements.lock
	@test -n "$(PYTHON)" || { echo "Postroom needs Python 3.11, 3.12 or 3.13 on the PATH (or set PYTHON=…)."; exit 1; }
	@.ci/virtualenv $(PYTHON)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

demo: install  ## run a gateway, a sandbox mail server and a webhook receiver; ARGS=--once ends after one message
	@$(BIN)/postroom demo $(ARGS)

system:
	@.ci/system-packages

lint: install  ## ruff, formatting, import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports

types: install  ## mypy --strict
	@$(BIN)/mypy

# mypy is one process that takes a minute without its cache, so the tests do not wait for it: it says its piece after
# them. The tests of three nodes fill a small machine, so tests/survival runs last and alone. Its two files wait more
# than they compute, so they run side by side.
test: install system lint  ## run lint, types, contracts and every test; ARGS=tests/sync runs some
	@said=$$(mktemp); $(BIN)/mypy >$$said 2>&1 & types=$$!; \
	  $(MEMORY) $(PYTEST) $(KEPT) $(SHARED) $(or $(ARGS),--ignore=tests/survival); tested=$$?; \
	  wait $$types; typed=$$?; cat $$said; rm -f $$said; [ $$tested -eq 0 ] && [ $$typed -eq 0 ] || exit 1
	@$(if $(ARGS),,$(MEMORY) $(PYTEST) $(KEPT) $(SHARED) tests/survival)

# What needs a real server, another program or long is left to `make test`.
check: install lint types  ## the inner loop: lint, types and the quick tests; ARGS=tests/sync for some
	@$(PYTEST) $(SHARED) -q --quick $(ARGS)

cover: install system  ## every test with branch coverage, and the modules it misses; ARGS=tests/sync for some
	@rm -rf .coverage && mkdir .coverage
	@$(BIN)/python -m coverage run -m pytest $(SHARED) --ignore=tests/survival $(ARGS); tested=$$?; \
	  $(BIN)/python -m coverage combine --quiet && $(BIN)/python -m coverage report --show-missing && exit $$tested

docs: install  ## build the documentation as a site in dist/docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet && echo "Open dist/docs/index.html"

screenshots: install system  ## take the pictures of the README anew, in docs/pictures
	@$(BIN)/python -m pictures

bench: install system  ## measure CPU, memory and rates against a real Dovecot; ARGS="--compare --tls" on both engines
	@$(BIN)/python -m bench $(ARGS)

soak: install system  ## try thousands of new examples, then run the long tests for hours; prints its seed, ARGS="--seed N" repeats it
	@$(PYTEST) -m hypothesis --soak $(SHARED) $(ARGS) && $(PYTEST) -m soak --soak -rP $(ARGS)

clean:
	rm -rf .venv .coverage .pytest_cache .mypy_cache .ruff_cache
