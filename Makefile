# Thin on purpose: each target says what it runs, and scripts/ holds what needs more than a line.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/target/tools/bin:$(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)
export DEBIAN_FRONTEND := noninteractive

.PHONY: help setup setup-test run test check demo bench torture test-real ui generate audit package

help:     ## this list
	@sed -n 's/^\([a-z]*\): .*## \(.*\)/\1\t\2/p; s/^\([a-z]*\):  *## \(.*\)/\1\t\2/p' Makefile | expand -t 12

setup:    ## what the build needs (Debian, Ubuntu)
	@scripts/setup.sh

setup-test:
	@scripts/setup.sh --test

ui: setup ## the window's pages, into ui/dist
	@npm --prefix ui run --silent build

run: setup ## start Hotfix Desk
	@scripts/run.sh

# One form of build for all of it: another selection of packages or targets would choose other features
# of the dependencies, and compile them a second time.
BUILD := --locked --workspace --all-targets

generate: ## the window's types, from the one list of requests
	cargo build $(BUILD)
	target/debug/generate

check: setup ui ## formatting, lints, types, the import table
	@scripts/compiler.sh
	cargo fmt --all --check
	cargo clippy $(BUILD) -- -D warnings
	npm --prefix ui run --silent check
	cargo test --locked -q --workspace --test all tidy

test: setup-test check ## everything: check, every test, the whole journey in the real window
	npm --prefix ui run --silent test
	cargo build $(BUILD)
	cargo test --locked --workspace
	scripts/keyring-test.sh
	$(MAKE) demo
	scripts/package-test.sh

demo: setup-test ui ## the whole journey in the real window; screenshots in target/demo
	cargo build $(BUILD)
	target/debug/demo

# A target folder of its own, because its window can be driven from outside.
bench: setup-test ui ## what it costs beside a floor, in one table (BENCH='--quick log')
	cargo build --release --locked --target-dir target/bench --workspace --features hotfix-desk/automation \
	  --bin hotfix-desk --bin hotfix --bin bench --example empty-window
	target/bench/release/bench $(BENCH)

torture: setup-test ui ## a thousand kills of the agent; hostile bytes for every parser, a minute each
	@scripts/torture.sh

test-real: setup-test ## recipes against a real Buildbot, a real Salt and GitHub's OpenAPI documents (PyPI, npm)
	@scripts/test-real.sh

audit: setup ## licences, bans and sources of all dependencies
	@scripts/audit.sh

package: setup ui ## .deb and .rpm, into target/release/bundle
	@scripts/package.sh
