# Everything runs in .venv, which is made anew when the requirements change.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
STAMP := .venv/installed-$(shell cat requirements.txt requirements-dev.txt | sha256sum | cut -c 1-16)
TESTS := tests/unit tests/integration tests/e2e

.DEFAULT_GOAL := help
.PHONY: help run token env demo sweep test lint types unit bench bench-quick clean

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(STAMP) ## start everything on this machine; Ctrl-C ends it
	@exec $(BIN)/python -m local run

# USER is also a variable of every shell: only the one on make's command line is meant. make hands
# it to the recipe's environment, so that no quoting can go wrong.
token: $(STAMP) ## print a token: make token USER=vedant ROLE=editor
	@exec $(BIN)/python -m local token \
		$(if $(filter command,$(origin USER)),--user "$$USER") $(if $(filter command,$(origin ROLE)),--role "$$ROLE")

env: $(STAMP) ## print the variables with which other programs reach the running stack
	@exec $(BIN)/python -m local env

demo: $(STAMP) ## send made-up photos through each road of a running stack
	@exec $(BIN)/python -m local.demo

sweep: $(STAMP) ## finish what was left undone beside a running stack: make sweep DRY_RUN=1 DEEP=1
	@exec $(BIN)/python -m local sweep $(if $(DRY_RUN),--dry-run) $(if $(DEEP),--deep)

test: lint types bench-quick ## lint, types, a short run of the benchmarks, and all tests
	@$(BIN)/python -m pytest $(TESTS)

lint: $(STAMP) ## style, complexity and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP) ## types, strictly
	@$(BIN)/mypy

unit: $(STAMP) ## the tests that need no engine
	@$(BIN)/python -m pytest tests/unit

include infra/package.mk

bench: $(STAMP) ## measure everything that is claimed, beside its peers; about ten minutes
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	@exec $(BIN)/python -m benchmarks

bench-quick: $(STAMP) ## see that every benchmark runs; the figures mean little
	@exec $(BIN)/python -m benchmarks --quick

clean: ## remove what can be made again; the data in .nebula stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .build .cache
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

$(STAMP): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Nebula needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 …"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@rm -f .venv/installed-*
	@touch $@
