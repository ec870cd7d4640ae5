# Needs Python 3.11 or newer, make and a package registry; everything else goes into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CODE := $(wildcard config eventstore projections daemon playhead tests benchmarks examples)

.PHONY: demo test check bench format clean install
.DEFAULT_GOAL := test

demo: $(READY)
	$(BIN)/python examples/demo.py

test: $(READY)
	$(BIN)/python -m pytest -q -n auto

check: $(READY)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python -m benchmarks

format: $(READY)
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

install: $(READY)

$(READY): pyproject.toml playhead/__main__.py
	sh .ci/environment "$(PYTHON)" "$(VENV)"
	touch $@
