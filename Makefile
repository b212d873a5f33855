# Two commands do all: `make run` and `make test`. The others are their parts, and what CI adds.
LOCAL := .local
TARGET := $(or $(CARGO_TARGET_DIR),target)
STACK := $(TARGET)/debug/local-stack
# By name: a workspace built at once gives its functions the features that its tests need.
FUNCTIONS := $(patsubst functions/%,-p %,$(wildcard functions/*))
REDOCLY := $(LOCAL)/redocly/node_modules/.bin/redocly
# Randomness is the seed's: getrandom's own way to replace the kernel's source, for this build alone.
PROVE := RUSTFLAGS='--cfg getrandom_backend="custom"' cargo run --quiet --profile prove --target-dir target/prove

ASK := bin/st run ../../infra/openapi.yaml --url $$POSTERN_API --seed 1 --max-examples 40 --phases examples,coverage,fuzzing --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance --warnings off --generation-database none

.PHONY: run watch services build build-tests test test-unit test-contract test-watch test-jwt test-api test-amazon test-console prove prove-quick prove-long writes bench lint lint-api package

run: build ## the whole stack on this machine
	$(STACK)

watch: build $(LOCAL)/cargo-lambda/bin/cargo-lambda ## the same with hot reload and a debugger, by `cargo lambda watch`
	$(STACK) --watch

services: build ## everything but API and functions, for a `cargo lambda watch` of your own
	$(STACK) --services

build:
	cargo build --workspace --bins

# All that is tested, built at once: a part of the workspace alone has other features, and is built again.
build-tests:
	cargo build --workspace --all-targets

test: test-unit test-contract test-jwt test-api test-console test-amazon ## everything

test-unit: build-tests ## unit and property tests, and handlers and store on the embedded DynamoDB
	cargo test --workspace

test-contract: build-tests ## black-box over HTTP, against the running binaries
	$(STACK) exec -- cargo test --workspace --test contract

test-watch: build-tests $(LOCAL)/cargo-lambda/bin/cargo-lambda ## the same, with the functions under `cargo lambda watch`
	$(STACK) exec --watch -- cargo test --workspace --test contract

test-jwt: build-tests ## the tokens of password logins and of partners, judged by PyJWT
	@mkdir -p $(LOCAL); $(MAKE) --no-print-directory --silent $(LOCAL)/pyjwt/with-crypto 2>$(LOCAL)/pyjwt.log || echo "PyJWT needs python3 with venv, and PyPI once (Debian: apt-get install python3-venv); see $(LOCAL)/pyjwt.log"
	@if [ -e $(LOCAL)/pyjwt/with-crypto ] || [ -n "$$CI" ]; then for token in password partner; do $(STACK) exec -- $(LOCAL)/pyjwt/bin/python tests/contract/independent/$${token}_token.py || exit 1; done; else echo "SKIPPED: no other JWT library judged the tokens of password logins and of partners"; fi

test-api: build-tests ## generated requests: no 5xx, no answer outside of infra/openapi.yaml
	@mkdir -p $(LOCAL); $(MAKE) --no-print-directory --silent $(LOCAL)/schemathesis/installed 2>$(LOCAL)/schemathesis.log || echo "schemathesis needs python3 with venv, and PyPI once (Debian: apt-get install python3-venv); see $(LOCAL)/schemathesis.log"
	@if [ -e $(LOCAL)/schemathesis/installed ] || [ -n "$$CI" ]; then $(STACK) exec -- sh -c 'cd $(LOCAL)/schemathesis && $(ASK) && $(subst bin/st,bin/st --config-file ../../infra/schemathesis.toml,$(ASK))'; else echo "SKIPPED: nobody asked the API at random"; fi

test-amazon: build-tests ## handlers and store once more, on Amazon's DynamoDB Local
	@if { command -v javac && command -v npm; } >/dev/null || [ -n "$$CI" ]; then DYNAMODB=local $(STACK) exec -- cargo test --workspace $(patsubst %,--test %,$(notdir $(wildcard tests/store/tests/*))); else echo "SKIPPED: the tests on Amazon's DynamoDB Local need a JDK and npm (Debian: apt-get install default-jdk-headless npm)"; fi

test-console: build-tests ## the console's pages, walked through in headless Chromium
	@mkdir -p $(LOCAL); if [ -n "$$CI" ] && ! command -v chromium >/dev/null; then { apt-get update && apt-get install -y --no-install-recommends chromium; } >$(LOCAL)/chromium.log 2>&1 || { echo "the test of the console's pages needs Chromium, and it could not be installed: see $(LOCAL)/chromium.log (Debian: apt-get install chromium)"; exit 1; }; fi
	@if { command -v chromium && command -v npm; } >/dev/null || [ -n "$$CI" ]; then $(MAKE) --no-print-directory --silent $(LOCAL)/playwright/with-axe && CHROMIUM="$$(command -v chromium)" $(STACK) exec -- sh -ec 'for test in walk reference; do node tests/console/$$test.mjs; done'; else echo "SKIPPED: the test of the console's pages needs Chromium and npm (Debian: apt-get install chromium npm)"; fi

ifdef SEED
prove: ## SEED=n replays one seed of the simulation, with its trace
	$(PROVE) -p simulation -- --seed $(SEED) >/dev/null
else
prove: writes ## the write protocol: every write, the whole model, the simulation; docs/proof.md
	cargo run --quiet -p model
	$(PROVE) -p simulation -- --seeds 2000 >/dev/null
endif

prove-quick: ## the part that CI runs
	cargo run --quiet -p writes -- --faults
	cargo run --quiet -p model -- --quick
	$(PROVE) -p simulation -- --seeds 2000 >/dev/null

prove-long: ## a hundred thousand seeds
	$(PROVE) -p simulation -- --seeds 100000 >/dev/null

writes: ## each write: the tests that strike it with each fault, and that miss each clause of its condition
	cargo run --quiet -p writes

bench: build ## start-up, memory, latency, CPU and size of the release binaries; nothing timed is asserted
	cargo build --release $(FUNCTIONS)
	$(STACK) exec -- cargo run --quiet -p bench -- --binaries $(TARGET)/release --functions functions --json $(LOCAL)/bench.json

lint: lint-api $(LOCAL)/cargo/bin/cargo-deny $(LOCAL)/cfn-lint/bin/cfn-lint ## what CI checks before it tests
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy --workspace --test contract -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
	$(LOCAL)/cargo/bin/cargo-deny --log-level error check bans licenses sources
	$(LOCAL)/cfn-lint/bin/cfn-lint infra/template.yaml

lint-api: ## the description of the API
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory --silent $(REDOCLY) && NO_COLOR=1 REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true $(REDOCLY) lint --config infra/redocly.yaml infra/openapi.yaml; elif [ -n "$$CI" ]; then echo "the linter of infra/openapi.yaml needs npm (Debian: apt-get install npm)"; exit 1; else echo "SKIPPED: the linter of infra/openapi.yaml needs npm (Debian: apt-get install npm)"; fi

package: $(LOCAL)/cargo-lambda/bin/cargo-lambda ## release binaries for Lambda; ARCH=arm64 needs that Rust target
	PATH="$(CURDIR)/$(LOCAL)/cargo-lambda/bin:$$PATH" cargo lambda build --release $(FUNCTIONS) $(if $(filter arm64,$(ARCH)),--arm64,--x86-64) --skip-target-check

$(LOCAL)/cargo/bin/cargo-deny:
	CARGO_PROFILE_DEV_DEBUG=false CARGO_TARGET_DIR=target/tools cargo install cargo-deny@0.20.2 --locked --debug --no-default-features --root $(LOCAL)/cargo --quiet

$(LOCAL)/cfn-lint/bin/cfn-lint:
	python3 -m venv $(LOCAL)/cfn-lint && $(LOCAL)/cfn-lint/bin/pip install --quiet cfn-lint==1.58.0

$(REDOCLY):
	npm install --prefix $(LOCAL)/redocly --no-save --no-package-lock --no-audit --no-fund --no-update-notifier --ignore-scripts --silent @redocly/cli@2.77.0

$(LOCAL)/pyjwt/with-crypto:
	python3 -m venv $(LOCAL)/pyjwt && $(LOCAL)/pyjwt/bin/pip install --quiet 'PyJWT[crypto]==2.15.0' && touch $@

$(LOCAL)/schemathesis/installed:
	python3 -m venv $(LOCAL)/schemathesis && $(LOCAL)/schemathesis/bin/pip install --quiet schemathesis==4.32.5 && touch $@

$(LOCAL)/playwright/with-axe:
	npm install --silent --no-save --no-package-lock --prefix $(LOCAL)/playwright axe-core@4.14.1 playwright-core@1.65.1 && touch $@

$(LOCAL)/cargo-lambda/bin/cargo-lambda:
	python3 -m venv $(LOCAL)/cargo-lambda && $(LOCAL)/cargo-lambda/bin/pip install --quiet cargo-lambda==1.9.2
