# One-word commands; `make help` lists them. Only make and Python 3.11 or 3.12 are needed: nothing else is assumed.

export KINELAKE_DATA ?= ./data
# Nothing is not a yes: modules are compiled once, and not by every process that starts, whatever the surroundings say.
export PYTHONDONTWRITEBYTECODE :=
EXAMPLE ?= 1
PORT ?= 8080
# Two cores have room for three: tests wait for the processes that they start.
WORKERS ?= 3
# Threads of their own would find no processor free, and what waits for work looks for it again and again meanwhile.
ONE_THREAD_EACH := POLARS_MAX_THREADS=1 OPENBLAS_NUM_THREADS=1
PYTEST_ARGS ?=
# A thousand a second, about.
RUNS ?= 300000
REPLAY ?=

ROOMS := $(filter-out benchmarks tests,$(patsubst %/__init__.py,%,$(wildcard */__init__.py)))

BIN := .venv/bin
# Written last, so that a broken installation is repeated; older than the lock, it is redone.
STAMP := .venv/installed

.PHONY: help setup run check test lint format bench chaos fuzz docs client up lock clean
.DEFAULT_GOAL := help

help: ## what each command does
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## make .venv from the lock

$(STAMP): requirements.lock pyproject.toml deploy/find-python.sh
	@python=$$(sh deploy/find-python.sh) && { test -x $(BIN)/python || "$$python" -m venv .venv; }
	@echo "Installing the packages of requirements.lock into .venv (a few minutes the first time)."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes \
	    -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@echo "Compiling the packages, the fold of sessions and the rules of devices (up to a minute, once)."
# pip would compile the packages on one core, and nothing beside them; their tests, a fifth of all, are never read. Of
# the rooms each role would compile what it reads, at the first start.
	@$(BIN)/python -m compileall -q -j 0 -x '/tests?/' .venv/lib $(ROOMS) & packages=$$!; $(BIN)/python -m flows.warm && wait $$packages
	@touch $@

run: setup ## start everything on http://127.0.0.1:8080 with example traffic (EXAMPLE=0: without)
	@exec $(BIN)/kinelake up --data "$(KINELAKE_DATA)" --port $(PORT) $(if $(filter-out 0,$(EXAMPLE)),--example)

test: setup ## every test this machine has the tools for
	$(ONE_THREAD_EACH) $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(PYTEST_ARGS)

check: setup ## lint, types, pure tests and golden cases, beside each other: what to run before a commit
	@$(MAKE) --no-print-directory -j 3 check-form check-types check-tests

check-form:
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

check-types:
	@$(BIN)/mypy

check-tests:
	@$(ONE_THREAD_EACH) $(BIN)/python -m pytest -q --quick -n $(WORKERS) --dist loadgroup $(PYTEST_ARGS)

lint: setup ## ruff (rules and format) and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup ## let ruff put the files in form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## the measurements of docs, with their floors
	$(BIN)/python -m benchmarks

chaos: setup ## kill -9 every process a hundred times and count the events
	KINELAKE_CHAOS_ROUNDS=100 KINELAKE_TEST_LONG=1 $(BIN)/python -m pytest -m chaos --timeout 7200 $(PYTEST_ARGS)

fuzz: setup ## RUNS bodies of game clients at the gateway's reading, led by coverage; REPLAY=FILE tries one; 20,000 of players and 20,000 of SDKs
	$(BIN)/python -m tests.fuzz.game $(RUNS) $(REPLAY)
	$(if $(REPLAY),,KINELAKE_TEST_FUZZ_FACTOR=50 $(BIN)/python -m pytest -q -n 0 tests/ingest_gateway/media/test_written.py)
	$(if $(REPLAY),,KINELAKE_TEST_FUZZ_FACTOR=34 $(BIN)/python -m pytest -q -n 0 tests/ingest_gateway/analytics/test_hostile.py)

docs: setup ## build the manual into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

client: ## build, weigh and test the web client (needs npm), and give /try what was built
	cd clients/web && npm ci --silent && npm run --silent check
	sed '/^\/\/# sourceMappingURL/d' clients/web/dist/kinelake.js >kinelake/trying/files/kinelake.js

up: ## the same system on Kafka, PostgreSQL and S3, with docker compose
	docker compose up --build

lock: ## resolve the dependencies anew into requirements.lock (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --group dev --overrides lock-overrides.txt pyproject.toml -o requirements.lock

clean: ## remove what was built, the data folder excepted
	rm -rf .venv .cache site .mypy_cache .ruff_cache .pytest_cache clients/web/node_modules clients/web/dist
