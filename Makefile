.DEFAULT_GOAL := help
.PHONY: help setup up kafka postgres test lint fmt types contracts lock bench chaos clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

help: ## show this help
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(READY) ## make .venv with the locked dependencies; touches nothing outside the checkout

$(READY): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; run: make PYTHON=python3.11 setup"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

up: setup ## run the whole product with the demo data; prints the URL and where the tokens are
	@$(BIN)/redress up --demo $(ARGS)

kafka: ## run a Kafka broker without Docker (Java and Maven needed) until Ctrl-C; REDRESS_KAFKA_PORT, else 9092
	@exec $(PYTHON) -m deploy.kafka.broker

postgres: setup ## run a PostgreSQL server for several processes until Ctrl-C; POSTGRES_PORT, else 5432. Needs deploy/secrets
	@exec $(BIN)/python -m deploy.postgres --port $(or $(POSTGRES_PORT),5432)

test: setup ## run the whole test suite
	@$(BIN)/python -m pytest $(ARGS)

lint: setup ## style, mistakes and boundaries between the services
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache

fmt: setup ## format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: setup ## mypy, strict
	@$(BIN)/mypy

contracts: setup ## published events: the generated files are current and no published version changed
	@$(BIN)/python -m shared.contracts.check

lock: ## renew requirements.lock (needs uv)
	@uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --extra dev --python-version 3.11 --universal --upgrade pyproject.toml -o requirements.lock

bench: setup ## measure; ONLY=name runs one
	@$(BIN)/python -m benchmarks $(ONLY)

chaos: setup ## kill processes of the distributed product under load; ROUNDS=200, a table at the end
	@ROUNDS=$(ROUNDS) $(BIN)/python -m tests.chaos

clean: ## remove .venv, caches, Kafka's jars and the demo's data folder
	rm -rf $(VENV) .redress .kafka .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
