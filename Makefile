# Postroom: the commands people type. `make demo` to see it, `make test` to trust it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do "$$p" -c 'import sys; sys.exit(not (3,11) <= sys.version_info[:2] <= (3,13))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
ARGS ?=
# How many processes share the tests; 0: one after the other.
JOBS ?= 2
PYTEST = $(BIN)/python -m pytest
SHARED = -n $(JOBS) --dist loadfile --no-loadscope-reorder

.PHONY: help install demo test lint types bench soak clean system

help:  ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

install: .venv/.stamp  ## make .venv with everything demo and test need

.venv/.stamp: pyproject.toml requirements.lock
	@test -n "$(PYTHON)" || { echo "Postroom needs Python 3.11, 3.12 or 3.13 on the PATH (or set PYTHON=…)."; exit 1; }
	@.ci/virtualenv $(PYTHON)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

demo: install  ## a gateway, a sandbox mail server and a webhook receiver; ARGS=--once for one round
	@$(BIN)/postroom demo $(ARGS)

system:
	@.ci/system-packages

lint: install  ## ruff, formatting, import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports

types: install  ## mypy --strict
	@$(BIN)/mypy

# Three nodes with all that belongs to them fill a small machine, so they come last and alone.
test: install system lint types  ## everything: lint, types, contracts, every test; ARGS=tests/sync for some
	@$(if $(ARGS),$(PYTEST) $(SHARED) $(ARGS),$(PYTEST) $(SHARED) --ignore=tests/survival && $(PYTEST) tests/survival)

bench: install system  ## what it costs, against a real Dovecot
	@$(BIN)/python -m bench $(ARGS)

soak: install system  ## the long run: the same flows for hours; it prints its seed, ARGS="--seed N" repeats it
	@$(PYTEST) -m soak --soak -rP $(ARGS)

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache
