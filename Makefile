# The door. Needs Python 3.11 or newer and make; everything else goes into .venv.
#
# `make PYTHON=python3.12 test` takes another Python (remove .venv first).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test prove kernels plain lint format docs bench bench-peers lock clean
.DELETE_ON_ERROR:

help: ## Show what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

demo: $(STAMP) ## Take a synthetic market to a backtest report
	$(BIN)/sigma demo

test: $(STAMP) ## Lint, run every test, demand the coverage floors, check the generated pages
	@rm -f .coverage .coverage.* .coverage-kernels .coverage-all
	@$(MAKE) --no-print-directory -j3 lint kernels plain
	$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=
	$(BIN)/coverage combine --keep --quiet --data-file=.coverage-all .coverage .coverage-kernels
	$(BIN)/coverage report --data-file=.coverage-kernels --include='sigma_cli/kernels/*' --fail-under=95
	$(BIN)/coverage report --data-file=.coverage-all --include='sigma_cli/domain/*' --fail-under=100
	$(BIN)/coverage report --data-file=.coverage-all --skip-covered --fail-under=90

prove: $(STAMP) ## Run the proofs at full depth and write docs/proofs.md; resumes
	$(BIN)/python -m pytest -m prove --prove=docs/proofs.md

kernels: $(STAMP) ## Compile the engines, which else their first use does
	$(BIN)/python -m pytest -n 2 --dist loadfile -m compiles --quiet tests/runtime tests/exchange

plain: $(STAMP) ## Tell what kernels do as plain Python: every line of them is seen
	NUMBA_DISABLE_JIT=1 COVERAGE_FILE=.coverage-kernels nice -n 5 \
		$(BIN)/python -m pytest -n 2 --dist worksteal --quiet tests/kernels --cov --cov-report=

lint: $(STAMP) ## Check style, types, layers and the generated pages
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m commands.reference --check docs

format: $(STAMP) ## Put every file into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(STAMP) ## Write the generated pages in docs anew
	$(BIN)/python -m commands.reference docs

bench: $(STAMP) ## Run the benchmarks, alone on the machine if you can
	@set -e; for bench in benchmarks/bench_*.py; do \
		$(BIN)/python -m benchmarks.$$(basename $$bench .py); done

bench-peers: $(STAMP) ## Install the engines that the benchmarks compare with
	$(BIN)/python -m benchmarks.install_peers

lock: ## Pin the newest versions that fit (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --upgrade --quiet --output-file requirements.lock

clean: ## Remove what was made; the store in data/ stays
	rm -rf $(VENV) build dist *.egg-info .coverage* .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "sigma needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
