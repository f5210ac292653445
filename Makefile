# Everything a newcomer or a CI machine runs. `make help` lists it.
#
# `make demo` needs GNU make and Python 3.11 or newer, nothing else. PYTHON=/path/to/python chooses another one.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt
PIP_ITSELF := pip>=25.1,<27
PINNED := pyproject.toml constraints.txt
COMPOSE := docker compose -f deploy/mongo-test.yml
MONGO_PORT ?= 27117

.PHONY: help demo test browser check format lint types imports docs deploy bench mongo-test fuzz clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.core ## set up the core and run the phishing pipeline on the data that come with it
	@$(BIN)/garrison demo

test: $(VENV)/.all browser ## set up everything and run every test
	@$(BIN)/python -m pytest -n 2 --dist loadgroup --durations=25

browser: ## a Chromium for the tests of the pages: the one that is here, or Debian's where it may be installed
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do \
	  command -v $$name > /dev/null && exit 0; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  echo "installing Chromium for the tests of the pages"; \
	  { apt-get update --quiet --quiet && DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --quiet --no-install-recommends chromium; } > /dev/null 2>&1 && exit 0; \
	fi; \
	echo "no Chromium here, and none could be installed: the tests in a browser are skipped (apt-get install chromium)"

check: format lint types imports docs deploy ## format, lint, types, import order, docs, deployment files

format: $(VENV)/.all ## is the code formatted?
	@echo "ruff format"
	@$(BIN)/ruff format --check --quiet .

lint: $(VENV)/.all ## does the linter find anything?
	@echo "ruff check"
	@$(BIN)/ruff check --quiet .

types: $(VENV)/.all ## do the types agree?
	@echo "mypy"
	@$(BIN)/mypy --no-error-summary

imports: $(VENV)/.all ## does every room import only from the rooms below it?
	@echo "import order"
	@$(BIN)/lint-imports --no-logo > $(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }

docs: $(VENV)/.all ## build the documentation into site/; a warning is an error
	@echo "docs"
	@NO_COLOR=1 $(BIN)/zensical build --clean --strict > $(VENV)/docs.log 2>&1 || { grep -v '^ *File ' $(VENV)/docs.log; exit 1; }

deploy: $(VENV)/.all ## are the container, compose and workflow files well formed?
	@echo "deployment files"
	@$(BIN)/hadolint deploy/Containerfile
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec deploy/compose.yml deploy/mongo-test.yml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml

bench: $(VENV)/.all ## measure: one file a claim, each beside a peer in the same run
	@for file in benchmarks/*.py; do \
	  [ -e "$$file" ] || { echo "no benchmarks yet"; break; }; \
	  echo "$$file"; $(BIN)/python "$$file"; \
	done

mongo-test: $(VENV)/.all ## run the store tests against a real MongoDB from the compose file (needs Docker)
	@docker compose version > /dev/null 2>&1 || { echo "make mongo-test needs Docker with compose: https://docs.docker.com/compose/install/"; exit 1; }
	@trap '$(COMPOSE) down --volumes > /dev/null 2>&1' EXIT; \
	MONGO_PORT=$(MONGO_PORT) $(COMPOSE) up --detach --wait mongo; \
	GARRISON_TEST_MONGODB_URI=mongodb://127.0.0.1:$(MONGO_PORT)/ $(BIN)/python -m pytest tests/data

fuzz: $(VENV)/.all ## send 10,000 odd requests to the service: is there a 500?
	@GARRISON_FUZZ_EXAMPLES=850 $(BIN)/python -m pytest tests/serving/http/test_fuzz.py --timeout 3600

clean: ## remove .venv and everything that was built; runs, models and stores stay
	@rm -rf $(VENV) site dist .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
	@find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is written last, so that an installation that was broken off is taken up again.

$(VENV)/.pip:
	@if $(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' > /dev/null 2>&1; then exit 0; fi; \
	python=""; \
	for candidate in "$${PYTHON:-}" python3.13 python3.12 python3.11 python3 python; do \
	  [ -n "$$candidate" ] || continue; \
	  if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' > /dev/null 2>&1; \
	  then python="$$candidate"; break; fi; \
	done; \
	[ -n "$$python" ] || { \
	  echo "Garrison needs Python 3.11 or newer with its venv module, and found none."; \
	  echo "Install one (Debian and Ubuntu: apt install python3 python3-venv), or name it: make demo PYTHON=/path/to/python3"; \
	  exit 1; }; \
	echo "setting up $(VENV) with $$("$$python" --version)"; \
	"$$python" -m venv --clear $(VENV)
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --upgrade '$(PIP_ITSELF)'
	@touch $@

$(VENV)/.core: $(VENV)/.pip $(PINNED)
	@echo "installing the core (some minutes the first time)"
	@$(PIP) -e .
	@touch $@

$(VENV)/.all: $(VENV)/.core
	@echo "installing the extras and the development tools"
	@$(PIP) -e '.[$(shell sed -n '/^\[project.optional-dependencies\]/,/^\[project.scripts\]/s/^\([a-z][a-z0-9-]*\) *=.*/\1/p' pyproject.toml | paste -sd,)]' --group dev
	@touch $@
