# Everything that is done with this repository. `make help` lists it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: install run test test-all test-fast lint fix schema bench lock clean help

VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
UV_VERSION := 0.13.9
# The first Python that is new enough.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
INSTALL := sh .ci/install $(BIN)/python
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
PYTEST := $(BIN)/python -m pytest

# Given as `make run PORT=8100 DATA_DIR=/srv/portal`, they reach the portal as variables of its own.
export PORT HOST DATA_DIR
export UV_LINK_MODE ?= copy
export PYTHONUNBUFFERED := 1
# Each process of the portal would compile every module again.
unexport PYTHONDONTWRITEBYTECODE
ifeq ($(strip $(PORT)),)
unexport PORT
endif
ifeq ($(strip $(HOST)),)
unexport HOST
endif
ifeq ($(strip $(DATA_DIR)),)
unexport DATA_DIR
endif

run: $(VENV)/.run-stamp  ## Start the portal, with demo data at the first start (PORT=, HOST=, DATA_DIR=)
	@exec $(MANAGE) portal --demo

install: $(VENV)/.run-stamp  ## Install the locked packages, and start nothing

# Three processes more than cores: tests of whole portals mostly wait.
test: $(VENV)/.test-stamp  ## Run the tests (ARGS="tests/incidents -x" for some)
	@sh .ci/tools
	@$(PYTEST) -n $$(( $(CORES) + 3 )) -m "not endurance" $(ARGS)

test-all: $(VENV)/.test-stamp  ## Run the tests that take minutes as well: floods, kills, fail-overs
	@sh .ci/tools
	@$(PYTEST) -n $$(( $(CORES) + 3 )) $(ARGS)

test-fast: $(VENV)/.test-stamp  ## Run the tests that need no portal, browser or other server
	@$(PYTEST) -n $(CORES) -m "not (slow or browser or alertmanager or endurance)" $(ARGS)

lint: $(VENV)/.test-stamp  ## Style, types, Django's checks, missing migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .
	@sh .ci/static
	@$(MANAGE) check
	@$(MANAGE) makemigrations --check --dry-run

fix: $(VENV)/.test-stamp  ## Mend what ruff can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

schema: $(VENV)/.test-stamp  ## Write what the REST API is into docs/openapi.yaml
	@$(MANAGE) spectacular --fail-on-warn --validate --file docs/openapi.yaml

bench: $(VENV)/.test-stamp  ## Measure everything (ONLY=accept one part, ARGS=--short to try it)
	@$(BIN)/python -m benchmarks $(ONLY) $(ARGS)

lock: $(VENV)/.test-stamp  ## Choose the newest versions that pyproject.toml allows
	@$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --fork-strategy fewest \
		--generate-hashes --no-annotate --no-header pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --fork-strategy fewest \
		--generate-hashes --no-annotate --no-header pyproject.toml --group dev \
		-c requirements.lock -o requirements-dev.lock

clean:  ## Remove the virtual environment and caches; data stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

help:  ## This list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ #/' | awk -F ' # ' '{printf "  make %-9s %s\n", $$1, $$2}'

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "OpsPortal needs Python 3.11 or newer, and found none."; exit 1; }
	@echo "Making the virtual environment in $(VENV) with $(PYTHON) …"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python's venv is missing: on Debian, apt-get install python3-venv."; exit 1; }

$(VENV)/.run-stamp: requirements.lock | $(BIN)/python
	@$(INSTALL) $(UV_VERSION) requirements.lock
	@touch $@

$(VENV)/.test-stamp: requirements-dev.lock | $(BIN)/python
	@$(INSTALL) $(UV_VERSION) requirements-dev.lock
	@touch $@
