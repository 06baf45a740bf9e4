# XasUp. `make` alone prints this list.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
PLUGIN := broker/plugin/xasup_acl.so

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## system packages, .venv and the broker plugin
	@PYTHON=$(PYTHON) sh ./setup.sh

run: setup  ## the whole backend on this machine; Ctrl-C stops it
	@$(BIN)/xasup up --demo-people $(ARGS)

demo: setup  ## the main story, scripted, on real servers; ends `demo: ok`
	@$(BIN)/xasup demo $(ARGS)

test: setup  ## all tests
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -q $(ARGS)

check: setup  ## ruff, mypy --strict, import-linter, C warnings as errors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) -s -C broker/plugin -B BUILD=$$(mktemp -d) all

clean:  ## remove what setup made
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	$(MAKE) -s -C broker/plugin clean

.PHONY: help setup run demo test check clean
