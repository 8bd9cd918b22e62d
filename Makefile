# `make` alone lists what there is.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Parts of the testbed that the tests and the benchmark need.
TEST_PARTS := control-plane helm mysql mariadb mariadb-newest
BENCH_PARTS := control-plane helm mysql mariadb skeema

.PHONY: help
help:
	@awk -F ':.*## ' '/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ See it work

.PHONY: demo demo-down testbed testbed-down
demo: ## the story of a broken database, in a terminal, on real servers; KEEP=1 leaves them running
	@KEEP="$(KEEP)" demo/run

demo-down: ## end what `make demo KEEP=1` left running
	@demo/run --end

testbed: ## start a cluster and databases to try things on, then: . .testbed/env
	@testbed/up

testbed-down: ## end what `make testbed` started; its data stay
	@testbed/down

##@ Check it

.PHONY: test test-unit test-e2e cases fuzz proptest chaos e2e-argocd lint fmt deny bench
test: ## all tests, on real servers; T=name runs just those
	@.ci/test "$(TEST_PARTS)" -- --locked -- $(T)

test-unit: ## the tests that need no server
	@cargo test --locked --lib --bins -- $(T)

test-e2e: ## the tests on real servers; T=name runs just those
	@.ci/test "$(TEST_PARTS)" -- --locked --test it -- $(T)

cases: ## write what happens into tests/cases as the expectation; CASES=word for some of them
	@UPDATE_CASES=1 CASES="$(CASES)" .ci/test "$(TEST_PARTS)" -- --locked --test it -- every_case_holds --nocapture

fuzz: ## look for inputs that a parser fails on; T=types, key_parts, expressions or tokens, TIME=seconds
	@.ci/fuzz "$(T)" "$(TIME)"

proptest: ## random schemas become each other, on all servers; PAIRS=n (2000), PAIRS_SEED=n to repeat a run
	@PAIRS="$${PAIRS:-2000}" PAIRS_SEED="$${PAIRS_SEED:-$$RANDOM}" .ci/test "mysql mariadb mariadb-newest" -- \
		--locked --test it -- becomes_any_other --nocapture

chaos: ## operator, connections and servers are killed during a plan; ROUNDS=n (200), CHAOS_SEED=n to repeat a run
	@ROUNDS="$${ROUNDS:-200}" CHAOS_SEED="$${CHAOS_SEED:-$$RANDOM}" .ci/test "$(TEST_PARTS)" -- \
		--locked --test it -- chaos:: --nocapture

e2e-argocd: ## what the real Argo CD makes of it; builds that first, in some 5 minutes
	@testbed/argocd/run

lint: ## format, Clippy, shell scripts, chart, licences
	@.ci/lint

fmt: ## format the source
	@cargo fmt

deny: ## licences, sources and banned crates among the dependencies
	@.ci/lint deny

bench: ## what the operator costs: latency, round trips, memory, reading
	@cargo bench --locked --bench operator --no-run
	@.ci/with-testbed bench "$(BENCH_PARTS)" cargo bench --locked --bench operator

##@ Keep it together

.PHONY: generate check-generated clean
generate: ## write what is generated: the CRD, the chart's copy, the reference
	@.ci/generate

check-generated: ## fail if what is generated is out of date
	@.ci/generate --check

clean: ## remove all that was built or installed here
	@demo/run --end
	@for dir in .testbed/{test,bench,argocd}; do [ ! -d "$$dir" ] || TESTBED_DIR=$$dir testbed/down; done
	@testbed/down
	@rm -rf .testbed
	@cargo clean
