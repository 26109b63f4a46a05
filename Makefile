# make demo | test | check | bench | docs | constraints | clean
#
# The first run sets up .venv with the exact versions of constraints.txt; later runs find it
# there. PYTHON=/path/to/python chooses the interpreter (3.11 or newer).

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check check-types check-rest bench docs constraints clean

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST ?=
# Tests start hundreds of processes: each would compile all that it imports once more.
unexport PYTHONDONTWRITEBYTECODE
CANDIDATES := $(if $(PYTHON),$(PYTHON),python3 python3.13 python3.12 python3.11 python3.14 python)

help:
	@echo "make demo    set up, then open the demo board"
	@echo "make test    set up, then run all tests"
	@echo "make check   lint, format, types, import directions, generated docs"
	@echo "make bench   print the figures of speed and memory against their goals"
	@echo "make docs    write the generated docs anew"
	@echo "make clean   remove .venv and all caches"

demo: $(VENV)/.run
	@$(BIN)/vsm demo

# One process more than most machines have cores: many tests wait for a terminal or a disk.
test: $(VENV)/.dev
	@$(BIN)/python -m pytest -n 3 --dist worksteal $(PYTEST)

# Types take most of the time on one core; the rest is checked on another meanwhile.
check: $(VENV)/.dev
	@$(MAKE) --no-print-directory -j 2 check-types check-rest

check-types: $(VENV)/.dev
	@$(BIN)/mypy --strict vsm

check-rest: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python scripts/gen_docs.py --check

bench: $(VENV)/.dev
	@$(BIN)/python -m bench

docs: $(VENV)/.dev
	@$(BIN)/python scripts/gen_docs.py

# -- set-up ---------------------------------------------------------------------------

$(BIN)/python:
	@found=; for each in $(CANDIDATES); do \
	  if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    found=$$each; break; fi; done; \
	if [ -z "$$found" ]; then \
	  echo "vsm needs Python 3.11 or newer; none of these is: $(CANDIDATES)." >&2; \
	  echo "Install one, or name it: make PYTHON=/path/to/python3.11 demo" >&2; exit 1; fi; \
	echo "Setting up $(VENV) with $$("$$found" --version) (once, about a minute)"; \
	"$$found" -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "That Python cannot make virtual environments: install its venv package" \
	    "(Debian, Ubuntu: apt install python3-venv)." >&2; exit 1; }

$(VENV)/.run: pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) install -qq --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) install -qq --constraint constraints.txt --editable ".[cluster,dev,serve,web]"
	@touch $@ $(VENV)/.run

# Resolve everything afresh and write down what was installed.
constraints:
	@sh scripts/constraints.sh $(CANDIDATES)

clean:
	rm -rf $(VENV) build dist *.egg-info .hypothesis .import_linter_cache
	rm -rf .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
