# Every word that a developer types; CI types the same. `make` alone lists them.

# Kept outside the clone, so that a fresh clone on a warm machine is quick.
CACHE := $(or $(BELFRY_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/belfry)
export CARGO_TARGET_DIR ?= $(CACHE)/target
# As in infra/path.sh.
export PATH := $(CACHE)/node/bin:$(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)

BELFRY := $(CARGO_TARGET_DIR)/release/belfry
DATA ?= data
# Options of `belfry serve`, such as RUN_OPTIONS="--http 0.0.0.0:8080".
RUN_OPTIONS ?=
# A seed to replay in `make sim`.
SEED ?=

.DEFAULT_GOAL := help
.PHONY: help setup run dev check test unit sim e2e fuzz torture faults screens bench scale features fmt build spa
.NOTPARALLEL:

help: ## Lists these words
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Installs what is missing for building, running and testing; safe to repeat
	@infra/setup.sh test

run: build ## Builds what changed and runs the demo; prints the address and one-time sign-in links
	@exec $(BELFRY) serve --demo --data $(DATA) $(RUN_OPTIONS)

dev: ## Runs the demo from a quick build of backend and SPA
	@infra/setup.sh run
	@infra/spa.sh --dev
	cargo run --package server --bin belfry -- serve --demo --data $(DATA) $(RUN_OPTIONS)

build: spa ## Builds the SPA and the release binary that serves it
	cargo build --release --package server --bin belfry

spa: ## Builds the single-page app, if its sources changed
	@infra/setup.sh run
	@infra/spa.sh

check: ## Formatting, lints for server and browser, the arrows between the crates
	@infra/setup.sh test
	@infra/spa.sh
	cargo fmt --all --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy --package frontend --target wasm32-unknown-unknown -- -D warnings
	infra/cargo-test.sh --package server --test it
	@if command -v cargo-deny >/dev/null; then cargo deny --log-level error check; else echo "cargo-deny is not installed: deny.toml was not checked"; fi

test: ## Everything: unit and database tests, simulation, end to end with the real binary
	@infra/setup.sh test
	@infra/spa.sh
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory e2e

unit: ## Unit, database (SQLite and PostgreSQL) and simulation tests
	@infra/setup.sh test
	@infra/spa.sh
	infra/cargo-test.sh --workspace

sim: ## The simulation in virtual time; SEED=… replays one
	BELFRY_SEED=$(SEED) infra/cargo-test.sh --package sim

e2e: build ## The real binary with browsers, SIPp and baresip; ONLY=name runs one file
	@infra/setup.sh test
	@e2e/run.sh $(ONLY)

fuzz: ## Fuzzes the readers of what strangers send, SECONDS=60 each; TARGET=name fuzzes one
	@infra/setup.sh run
	@infra/fuzz.sh "$(or $(SECONDS),60)" $(TARGET)

torture: ## What becomes of each message of RFC 4475 and RFC 5118; writes docs/torture.md
	BELFRY_WRITE=1 infra/cargo-test.sh --package sip torture_table

faults: ## What each injected fault leaves in the trace; writes docs/faults.md
	BELFRY_WRITE=1 infra/cargo-test.sh --package sim fault_table

screens: build ## Pictures of every page into e2e/out
	@infra/setup.sh test
	node e2e/screens.mjs

bench: build ## Belfry beside Kamailio and rtpengine; writes docs/benchmarks.md
	@infra/setup.sh bench
	node e2e/bench/main.mjs

scale: build ## 1,000 tenants: memory, time to load, and what a decision costs among them; writes docs/scale.md
	@infra/setup.sh test
	node e2e/bench/scale.mjs

features: ## How many of the specification's features have a test, and which have none; writes docs/features.md
	@node infra/features.mjs --write

fmt: ## Formats the Rust sources
	cargo fmt --all
