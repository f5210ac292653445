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
SUPPLY := .venv-supply
MUTANTS := .venv-mutants
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt
PIP_ITSELF := pip>=25.1,<27
HASHED := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --constraint constraints.txt --custom-compile-command "make pins"
PINNED := pyproject.toml constraints.txt
COMPOSE := docker compose -f deploy/mongo-test.yml
MONGO_PORT ?= 27117
FUZZ ?= 850
ROOM ?= evaluation
SAMPLE ?= 140

.PHONY: help demo test browser check format lint types imports docs deploy bench mongo-test pages fuzz kills full-disk mutants sbom licences audit pins dist changelog clean

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

pages: $(VENV)/.all ## run every command of the documentation, those that take minutes too
	@GARRISON_EVERY_COMMAND=1 $(BIN)/python -m pytest tests/docs/test_pages.py --timeout 3600

fuzz: $(VENV)/.all ## damage files, models, keys, messages and requests, 850 times each: does anything but an error of ours come out?
	@GARRISON_FUZZ_EXAMPLES=$(FUZZ) $(BIN)/python -m pytest $$(find tests -name test_fuzz.py | sort) --timeout 7200

kills: $(VENV)/.all ## kill every pipeline 100 times, start it again: are the bytes those of an unbroken run?
	@$(BIN)/python tests/support/kills.py --kills 100 --seed 0

full-disk: $(VENV)/.all ## the same with disks that fill up (needs root, or unshare --user --map-root-user --mount)
	@$(BIN)/python tests/support/full_disk.py --times 30 --seed 0

mutants: $(VENV)/.all $(MUTANTS)/.ready ## change lines of ROOM, SAMPLE of them: which changes does no test notice? (an hour a room)
	@$(BIN)/python tests/support/mutants.py --room $(ROOM) --sample $(SAMPLE) --cosmic-ray $(MUTANTS)/bin/cosmic-ray

sbom: $(SUPPLY)/.ready $(VENV)/.core ## write sbom.json: every package of .venv with its licence (CycloneDX)
	@$(SUPPLY)/bin/cyclonedx-py environment $(BIN)/python --pyproject pyproject.toml --output-reproducible --output-file sbom.json
	@echo "sbom.json"

licences: $(SUPPLY)/.ready $(VENV)/.core ## list the licence of every package of .venv
	@$(SUPPLY)/bin/pip-licenses --python=$(BIN)/python --order=license

audit: $(SUPPLY)/.ready $(VENV)/.core ## is a package of .venv known to be vulnerable? (asks PyPI)
	@$(SUPPLY)/bin/pip-audit --progress-spinner off --path $$($(BIN)/python -c 'import site; print(site.getsitepackages()[0])')

pins: $(SUPPLY)/.ready ## write requirements/: what constraints.txt pins, with the hash of every file (asks PyPI)
	@$(SUPPLY)/bin/uv $(HASHED) pyproject.toml --output-file requirements/core.txt
	@$(SUPPLY)/bin/uv $(HASHED) --group build --output-file requirements/build.txt
	@echo "requirements/core.txt requirements/build.txt"

dist: $(SUPPLY)/.ready ## build the wheel and the source distribution into dist/, with what requirements/build.txt pins
	@$(SUPPLY)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements/build.txt
	@rm -rf dist && $(SUPPLY)/bin/python -m hatchling build

changelog: $(VENV)/.all ## collect changelog.d/ into CHANGELOG.md under the version of this tree
	@$(BIN)/towncrier build --yes --version "$$($(BIN)/python -c 'import garrison; print(garrison.__version__)')"

clean: ## remove .venv and everything that was built; runs, models and stores stay
	@rm -rf $(VENV) $(SUPPLY) $(MUTANTS) .mutants_cache sbom.json site dist .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
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

$(MUTANTS)/.ready: $(VENV)/.pip
	@echo "setting up $(MUTANTS)"
	@$(BIN)/python -m venv --clear $(MUTANTS)
	@$(MUTANTS)/bin/python -m pip --disable-pip-version-check install --quiet cosmic-ray==8.7.0
	@touch $@

$(SUPPLY)/.ready: $(VENV)/.pip $(PINNED)
	@echo "setting up $(SUPPLY)"
	@$(BIN)/python -m venv --clear $(SUPPLY)
	@$(SUPPLY)/bin/python -m pip --disable-pip-version-check install --quiet --upgrade '$(PIP_ITSELF)'
	@$(SUPPLY)/bin/python -m pip --disable-pip-version-check install --quiet -c constraints.txt --group supply
	@touch $@
