# XasUp. `make` alone prints this list.
.DEFAULT_GOAL := help
PYTHON ?= python3
# Where the durable log is kept: redis, or kafka (with ZooKeeper).
LOG ?= redis
BIN := .venv/bin
PLUGIN := broker/plugin/xasup_acl.so

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## system packages, .venv and the broker plugin
	@PYTHON=$(PYTHON) sh ./setup.sh

run:  ## the whole backend on this machine; Ctrl-C stops it. LOG=kafka: its log in Kafka
	@PYTHON=$(PYTHON) sh ./setup.sh $(LOG)
	@$(BIN)/xasup up --demo-people --log $(LOG) $(ARGS)

demo:  ## the main story, scripted, on real servers; ends `demo: ok`. LOG=kafka: with Kafka
	@PYTHON=$(PYTHON) sh ./setup.sh $(LOG)
	@$(BIN)/xasup demo --log $(LOG) $(ARGS)

test:  ## all tests
	@PYTHON=$(PYTHON) sh ./setup.sh test
	@$(BIN)/python -m pytest -n 3 --dist loadgroup -q $(ARGS)

screenshots: setup  ## the pictures of the screens, in the docs and for the tests, as they are now
	$(BIN)/python -m tests.tui_client.screenshots

docker-test: setup  ## images and compose files: built, started, the story from outside, containers killed. Needs Docker
	@sh ./docker/test.sh

check: setup  ## ruff, mypy --strict, import-linter, C warnings as errors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) -s -C broker/plugin -B BUILD=$$(mktemp -d) all

docs:  ## write what comes from the code: tables, the manual page and the pictures
	$(BIN)/python -m tests.support.docs
	$(BIN)/python -m tests.tui_client.screenshots

clean:  ## remove what setup made
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	$(MAKE) -s -C broker/plugin clean

.PHONY: help setup run demo test docker-test check docs clean screenshots
