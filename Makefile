# What one does with kpistream. `make help` lists it; each target can be run by itself and again.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Where rustup puts cargo, for shells that have not heard of it yet.
export PATH := $(PATH):$(HOME)/.cargo/bin
CARGO ?= cargo
# More of the command line for `make demo`, such as ARGS="--for 60s".
ARGS ?=
# How much happens in `make chaos`, and by which chance.
FAULTS ?= 300
SEED ?= 1
WORLDS ?= 100000
# Hostile inputs of each kind.
CASES ?= 10000000

.PHONY: help setup demo test lint bench chaos fleet release kafka clean-tools

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## see that all tools are here; as root on Debian or Ubuntu, install those that are missing
	@bash .ci/setup

demo: setup ## everything in one process: simulated history, a live stream, the board; prints its address
	@$(CARGO) run --quiet --locked --release -p kpistream -- demo $(ARGS)

test: lint kafka ## all checks and tests, those against a real Apache Kafka too
	@$(CARGO) test --locked --workspace
	@$(CARGO) test --locked -p e2e -p kpistream --features e2e/planted,kpistream/planted --test planted --test panics

lint: setup ## formatting, clippy, and the checks of the tree itself
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --quiet --locked --workspace --all-targets -- -D warnings
	@$(CARGO) run --quiet --locked -p xtask -- tidy

bench: setup kafka ## how fast, each beside its yardstick of the same run
	@bash benches/run.sh

chaos: setup kafka ## kill, freeze, break and add for a long while: FAULTS=300 SEED=1 WORLDS=100000 CASES=10000000
	@KPISTREAM_FAULTS=$(FAULTS) KPISTREAM_SEED=$(SEED) $(CARGO) test --locked --release -p kpistream --test chaos -- --nocapture
	@KPISTREAM_WORLDS=$(WORLDS) KPISTREAM_SEED=$$(($(SEED) * $(WORLDS))) $(CARGO) test --locked --release -p e2e --test simulation -- --nocapture
	@KPISTREAM_FUZZ_CASES=$(CASES) KPISTREAM_SEED=$(SEED) $(CARGO) test --locked --release -p e2e --test fuzz
	@KPISTREAM_FUZZ_CASES=$(CASES) KPISTREAM_SEED=$(SEED) $(CARGO) test --locked --release -p exporter -p kpistream -- fuzz::

fleet: release kafka ## an Apache Kafka and three instances on this machine; prints their addresses
	@$(CARGO) run --quiet --locked --release -p e2e --bin fleet -- target/release/kpistream

release: setup ## the binary, as it is shipped: target/release/kpistream
	@$(CARGO) build --quiet --locked --release -p kpistream
	@echo "target/release/kpistream"

kafka: setup ## fetch Apache Kafka for the tests into .tools/, where it is not there yet
	@bash tests/tools/fetch-kafka.sh

clean-tools: ## forget what was fetched into .tools/
	@rm -rf .tools
