# `make demo` and `make test` need only Python 3.11 to 3.13 and make.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help install demo test lint bench clean

help:  ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /\1\t/' | expand -t 12

install: $(VENV)/.done  ## Make the environment in .venv from the lock

$(VENV)/.done: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "textmine needs Python 3.11, 3.12 or 3.13; set PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Making the environment in $(VENV) (a few minutes the first time) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: install  ## Mine the sample articles; print what was found and where it is
	$(BIN)/textmine run corpora/samples --db sqlite:///out/demo.db --out out
	$(BIN)/textmine report --db sqlite:///out/demo.db --out out/report.html --title "Sample articles"

test: install  ## Run the tests
	$(BIN)/python -m pytest

lint: install  ## Format check, linter, types, import directions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install  ## Measure speed and quality; print the numbers the README quotes
	$(BIN)/python benchmarks/speed.py
	$(BIN)/textmine evaluate corpora/gold

clean:  ## Remove what demo and tests left behind
	rm -rf out .textmine .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
