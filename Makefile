# Everything a person types. A machine needs Python 3.11 or newer and make; the rest is fetched.

PYTHON ?= $(firstword $(shell command -v python3 python3.11 python3.12 python3.13 python3.14 python 2>/dev/null))
BIN := .venv/bin
WORKERS ?= auto
MAX_WORKERS ?= 4

.PHONY: help run test torture tracking bench check install web install-dev web-check unit clean
.DEFAULT_GOAL := help

help: ## Show what can be done.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

run: install web ## Install everything and start the platform with its own servers.
	@exec $(BIN)/fairlead up

install: ## Install the product: .venv/bin/fairlead.
	@$(if $(PYTHON),,$(error Python is missing: install Python 3.11 or newer))$(PYTHON) tools/bootstrap.py install

install-dev:
	@$(if $(PYTHON),,$(error Python is missing: install Python 3.11 or newer))$(PYTHON) tools/bootstrap.py install --dev

web: install ## Build the web page when its sources changed.
	@$(PYTHON) tools/bootstrap.py web

check: install-dev ## Check style, types, imports and house rules, without running tests.
	@echo "ruff";         $(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@echo "mypy";         $(BIN)/mypy --no-error-summary
	@echo "lint-imports"; $(BIN)/lint-imports --no-logo >.venv/lint-imports.log 2>&1 || { cat .venv/lint-imports.log; exit 1; }
	@echo "tidy";         $(BIN)/python -m tools.tidy

web-check: install-dev web
	@$(PYTHON) tools/bootstrap.py web-check

unit: install-dev
	@$(BIN)/pytest --numprocesses $(WORKERS) --maxprocesses $(MAX_WORKERS) --dist loadfile -q -m "not torture and not tracking"

test: check web web-check unit ## Install, check and run all tests.

torture: install-dev ## Kill processes many times over; takes long.
	@$(BIN)/pytest -q -m torture --timeout 7200

tracking: install-dev ## Test against a real MLflow server, installed once into .venv.
	@$(BIN)/pytest -q -m tracking --timeout 900

bench: install-dev ## Measure this machine against the figures of the design.
	@$(BIN)/python -m benchmarks

clean: ## Remove what was built and installed; data in .fairlead stays.
	rm -rf .venv web/dist web/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
