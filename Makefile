# `make` without a target lists all targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Parts of the testbed that the tests and the benchmark need.
TEST_PARTS := control-plane helm mysql mysql-lower mariadb mariadb-newest migrations
BENCH_PARTS := control-plane helm mysql mariadb skeema

.PHONY: help
help:
	@awk -F ':.*## ' '/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ See it work

.PHONY: demo demo-down testbed testbed-down
demo: ## break and repair a database in a terminal, on real servers; KEEP=1 leaves them running
	@KEEP="$(KEEP)" demo/run

demo-down: ## stop what `make demo KEEP=1` left running
	@demo/run --end

testbed: ## start a cluster and databases to try things out; then run: . .testbed/env
	@testbed/up

testbed-down: ## stop what `make testbed` started; its data stay
	@testbed/down

##@ Check it

.PHONY: test test-unit test-e2e cases fuzz proptest chaos hostile e2e-argocd lint fmt deny bench bench-scale
test: ## run all tests, on real servers; T=name selects tests
	@.ci/test "$(TEST_PARTS)" -- --locked -- $(T)

test-unit: ## run the tests that need no server
	@cargo test --locked --lib --bins -- $(T)

test-e2e: ## run the tests on real servers; T=name selects tests
	@.ci/test "$(TEST_PARTS)" -- --locked --test it -- $(T)

cases: ## write the actual results into tests/cases as expectations; CASES=word selects cases
	@UPDATE_CASES=1 CASES="$(CASES)" .ci/test "$(TEST_PARTS)" -- --locked --test it -- every_case_holds --nocapture

fuzz: ## search for inputs that break what reads foreign bytes; TIME=seconds each (60), T=ddl selects targets
	@TIME="$(TIME)" .ci/fuzz $(T)

proptest: ## turn random schemas into each other, on all servers; PAIRS=n (2000), PAIRS_SEED=n repeats a run, T=never_neither
	@PAIRS="$${PAIRS:-2000}" PAIRS_SEED="$${PAIRS_SEED:-$$RANDOM}" .ci/test "mysql mysql-lower mariadb mariadb-newest" -- \
		--locked --test it -- $(or $(T),fidelity::) --nocapture

chaos: ## kill operator, connections and servers during a plan; ROUNDS=n (200), CHAOS_SEED=n repeats a run
	@ROUNDS="$${ROUNDS:-200}" CHAOS_SEED="$${CHAOS_SEED:-$$RANDOM}" .ci/test "$(TEST_PARTS)" -- \
		--locked --test it -- chaos:: --nocapture

hostile: ## play every harm of a server, every cut and change of a genuine conversation, and tenants' attacks
	@HOSTILE=1 .ci/test "$(TEST_PARTS)" -- --locked --test it -- hostile:: --nocapture

e2e-argocd: ## test with the real Argo CD; builds Argo CD first, in some 5 minutes
	@testbed/argocd/run

lint: ## check format, Clippy, shell scripts, chart, licences, advisories
	@.ci/lint

fmt: ## format the source
	@cargo fmt
	@cargo fmt --manifest-path fuzz/Cargo.toml

deny: ## check licences, sources, banned crates and advisories of the dependencies
	@.ci/lint deny advisories

bench: ## measure what the operator costs: latency, round trips, memory, reading
	@cargo bench --locked --bench operator --no-run
	@.ci/with-testbed bench "$(BENCH_PARTS)" cargo bench --locked --bench operator

bench-scale: ## measure 10,000 resources over 200 databases; SCALE_RESOURCES, SCALE_DATABASES and SCALE_INTERVAL have other numbers
	@cargo bench --locked --bench operator --no-run
	@.ci/with-testbed bench "$(BENCH_PARTS)" cargo bench --locked --bench operator -- scale

##@ Keep it together

.PHONY: generate check-generated clean
generate: ## write the generated files: the CRD, the chart's copy, the reference
	@.ci/generate

check-generated: ## fail if a generated file is out of date
	@.ci/generate --check

clean: ## remove everything that was built or installed here
	@demo/run --end
	@for dir in .testbed/{test,bench,argocd}; do [ ! -d "$$dir" ] || TESTBED_DIR=$$dir testbed/down; done
	@testbed/down
	@rm -rf .testbed
	@cargo clean
