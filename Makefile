# Suiyuan 穗源. `make` prints what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
DIR ?= ../shared/conformance

.DEFAULT_GOAL := help
.PHONY: help setup run test lint conformance bench format lock screenshots clean

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements/locked.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/locked.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@mkdir -p $(VENV)/typing/suiyuan && for folder in trace labels api; do \
		ln -sfn ../../../$$folder $(VENV)/typing/suiyuan/$$folder; done
	@touch $@

setup: $(STAMP) ## virtual environment in .venv, pinned with hashes, editable install

run: $(STAMP) ## load the sample batches on first start, then serve on http://127.0.0.1:8000
	@$(BIN)/suiyuan serve --with-samples sample_batches

test: $(STAMP) ## everything: domain on SQLite and PostgreSQL, API, pages in Chromium
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: $(STAMP) ## ruff, pyright, import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports

conformance: $(STAMP) ## the vectors of the standards in DIR (default ../shared/conformance), where they are
	@$(BIN)/python tests/conformance/run.py $(DIR)

format: $(STAMP) ## ruff's formatter and safe fixes
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: $(STAMP) ## every figure the README quotes, with its bound and whether it is met
	@$(BIN)/python -m benchmarks

screenshots: $(STAMP) ## the README's pictures, drawn by Chromium from the sample batches
	@$(BIN)/python -m scripts.screenshots

lock: ## renew requirements/locked.txt (needs uv)
	@uv pip compile --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header \
		--extra dev pyproject.toml -o requirements/locked.txt

clean: ## the virtual environment and what building left; never data/
	@rm -rf $(VENV) build dist *.egg-info
