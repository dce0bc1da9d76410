# `make` alone prints what there is. Each command does its own set-up, and is a script that CI calls as well.
.DEFAULT_GOAL := help
.PHONY: help demo test lint fuzz faults bench check-real serve site golden clean

help: ## What there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## The whole thing on this machine: feed in, lookups answered, site built and served (FEEDS=public for real feeds)
	@scripts/demo

test: ## All tests (ARGS="-k snapshot" for some)
	@scripts/test $(ARGS)

lint: ## ruff, mypy, import-linter, bandit, shellcheck
	@scripts/lint

fuzz: ## 10,000 generated requests to a running server: no failure, every answer as the contract says
	@scripts/fuzz

faults: ## A cluster with every fault of Redis, servers and importers, held for long (QUICK=1: for a moment)
	@scripts/faults

bench: ## The figures, as ratios taken in one run; writes bench.json (SMALL=1 to prove it works)
	@scripts/bench

check-real: ## Check on real feeds (or FOLDER of them), reports and contracts in ../shared, where that is there
	@scripts/check-real $(FOLDER)

serve: ## The lookup API on loopback, embedded store, data in data/
	@scripts/install && exec .venv/bin/blacklist serve

site: ## Collect evidence from this machine and build _site/
	@scripts/install && .venv/bin/statuspress collect && .venv/bin/statuspress build

golden: ## Write the golden files again; read the diff
	@scripts/test -q --golden tests/statuspress tests/project tests/deploy

clean: ## Remove what was built, but neither data/ nor .venv
	rm -rf _site dist reports bench.json .cache .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache .demo
