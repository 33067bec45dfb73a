# Two commands do everything: `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup setup-browser demo serve test track check build bench lock schemas clean
.DEFAULT_GOAL := help

help: ## this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 16

setup: $(READY) ## install what running needs (nothing happens when nothing changed)
	@sh tools/need.sh bwrap bubblewrap

setup-browser: setup
	@sh tools/need.sh chromium chromium
	@sh tools/need.sh '/usr/lib/postgresql/*/bin/postgres' postgresql

$(READY): requirements.lock pyproject.toml tools/venv.sh
	@sh tools/venv.sh "$(PYTHON)" "$(VENV)"
	@touch $@

demo: setup ## the whole loop with a fictional cohort, then serve it on http://127.0.0.1:8000 (ONCE=1: stop after it)
	@$(BIN)/medai demo $(if $(ONCE),--once)

serve: setup ## build the site and serve it with the portal on http://127.0.0.1:8000
	@$(BIN)/medai serve

build: setup ## assignments, releases and site into build/
	@$(BIN)/medai build

check: setup ## lint, types, architecture and content; run before every commit
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check grader tests tools benchmarks course/medai_lab
	@$(BIN)/mypy
	@$(BIN)/pytest -q tests/test_architecture.py
	@$(BIN)/medai check

track: setup ## run every notebook, trial and mutant from scratch; fails when a track takes over five minutes
	@$(BIN)/python tools/track.py --fresh --within 300

# The whole track runs first: it keeps the practice notebooks that the tests of the site need.
# The attacks run alone: they are watched from outside, and their limits are short.
test: setup-browser check ## everything: all tests, the browser's and the attacks included
	@$(BIN)/python tools/track.py
	@$(BIN)/python tools/module_numbers.py --check
	@$(BIN)/pytest -n 2 --dist loadgroup --ignore tests/hostile
	@$(BIN)/pytest tests/hostile

bench: setup ## side-by-side measurements behind the claims in the docs
	@for b in $(filter-out benchmarks/hostile_table.py,$(wildcard benchmarks/*.py)); do echo "== $$b"; $(BIN)/python $$b; done

lock: ## renew requirements.lock (hashes, no addresses)
	@sh tools/lock.sh

clean: ## remove everything generated
	rm -rf build $(VENV) *.egg-info
