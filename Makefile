# Everything runs in .venv, which holds what requirements/dev.txt locks, and follows it when it changes.
SHELL := /bin/bash
# Tried out, since a name on PATH may be a shim that leads nowhere.
PYTHON ?= $(shell for it in python3.13 python3.12 python3.11 python3; do \
	$$it -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' >/dev/null 2>&1 && echo $$it && exit; done; echo python3)
BIN := .venv/bin
STAMP := .venv/installed-$(shell cat requirements/installer.txt requirements/dev.txt | sha256sum | cut -c 1-16)
TESTS := tests/unit tests/integration tests/e2e
TYPESCRIPT := tests/clients/typescript
OTHER_CLIENTS := tests/clients/others

.DEFAULT_GOAL := help
.PHONY: help run token env demo sweep test clients check lint openapi types unit bench bench-quick audit clean

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

demo: $(STAMP) ## send made-up photos through each way into a running stack
	@exec $(BIN)/python -m local.demo

sweep: $(STAMP) ## finish what was left undone beside a running stack: make sweep DRY_RUN=1 DEEP=1
	@exec $(BIN)/python -m local sweep $(if $(DRY_RUN),--dry-run) $(if $(DEEP),--deep)

test: lint types bench-quick $(TYPESCRIPT)/node_modules ## lint, types, a short run of the benchmarks, and all tests with their coverage
	@$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadscope --no-loadscope-reorder \
		--cov --cov-report=term $(TESTS)

check: lint types ## the inner loop: lint, types and the unit tests on every core
	@$(BIN)/python -m pytest --quiet --numprocesses auto tests/unit

clients: $(STAMP) $(OTHER_CLIENTS)/node_modules ## generate more clients from the API's description, and lint it
	@$(BIN)/python -m pytest tests/clients

# Node and npm are Python packages of the environment. Nothing is fetched when the lock has not changed.
%/node_modules: %/package-lock.json $(STAMP)
	@cd $* && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent
	@touch $@

lint: $(STAMP) ## style, complexity, format, and that docs/openapi.json is what the code describes
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m infra.api_description --check

openapi: $(STAMP) ## write the API's description to docs/openapi.json
	@$(BIN)/python -m infra.api_description

types: $(STAMP) ## types, strictly
	@$(BIN)/mypy

unit: $(STAMP) ## the tests that need no engine
	@$(BIN)/python -m pytest tests/unit

include infra/package.mk

bench: $(STAMP) ## measure everything that is claimed, beside its peers; about ten minutes
	@$(BIN)/python infra/environment.py requirements/bench.txt
	@exec $(BIN)/python -m benchmarks

bench-quick: $(STAMP) ## see that every benchmark runs; the figures mean little
	@exec $(BIN)/python -m benchmarks --quick

audit: $(STAMP) ## compare every locked version with the lists of known vulnerabilities; needs the network
	@$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements/bench.txt

clean: ## remove what can be made again; the data in .nebula stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .build .cache
	rm -rf $(TYPESCRIPT)/node_modules $(OTHER_CLIENTS)/node_modules
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

$(STAMP): requirements/installer.txt requirements/dev.txt
	@$(PYTHON) infra/environment.py requirements/dev.txt
	@rm -f .venv/installed-*
	@touch $@
