# What can be done, one line each; how it is done, where that takes more, stands in scripts/.
LOCAL := .local
TARGET := $(or $(CARGO_TARGET_DIR),target)
STACK := $(TARGET)/debug/local-stack
# By name: a workspace built at once gives its functions the features that its tests need.
FUNCTIONS := $(patsubst functions/%,-p %,$(wildcard functions/*))
# Whose shell blocks run in `make test-docs`: CONTRIBUTING.md has the rules for them.
DOCUMENTS := tests/docs/sample.md README.md docs/integrate.md docs/local-stack.md docs/operate.md
# Whose shell blocks need AWS, or are run by other tests, and are only checked.
UNRUN := docs/audit.md docs/costs.md docs/deploy.md docs/emergency.md docs/first-sign-in.md docs/restore.md docs/review.md docs/runbook.md docs/upgrade.md
# Languages whose tools the other tests need, too. `make test-examples-all` has the rest.
EXAMPLES := typescript python java

.PHONY: help
help: ## this list
	@scripts/help.sh

##@ Run
.PHONY: run watch services build
run: build ## the whole stack on this machine
	$(STACK)

watch: build $(LOCAL)/cargo-lambda/installed ## the same with hot reload and a debugger, by `cargo lambda watch`
	$(STACK) --watch

services: build ## everything but API and functions, for a `cargo lambda watch` of your own
	$(STACK) --services

build: ## functions, postern and the local stack, for debugging
	cargo build $(FUNCTIONS) -p postern -p local-stack

##@ Test
.PHONY: test nightly test-kits test-languages test-unit test-contract test-clients test-kit-python test-kit-typescript test-kit-guards test-conformance test-conformance-each test-api test-generated test-postman test-docs test-examples test-examples-all test-console test-facts test-smoke test-alarms test-archive test-deploy test-upgrade test-amazon test-watch test-emergency test-package test-trail build-tests
test: test-unit test-contract test-api test-console test-facts test-smoke test-alarms test-archive test-package ## what CI runs; what a machine lacks is skipped, and says so
	@$(MAKE) --jobs=2 --output-sync=recurse --no-print-directory test-kits test-languages

# They wait for networks and clocks more than they compute, so that two run side by side.
test-kits: build-tests
	@$(MAKE) -o build-tests --jobs=1 --no-print-directory test-conformance test-kit-typescript test-docs

test-languages: build-tests
	@$(MAKE) -o build-tests --jobs=1 --no-print-directory test-generated test-kit-python test-examples test-postman test-clients


nightly: test-amazon test-deploy test-emergency test-examples-all test-kit-guards test-trail test-watch package ## slow and rare: `make prove`, too

test-unit: build-tests ## unit and property tests, and handlers and store on the embedded DynamoDB
	cargo test --workspace

test-contract: build-tests ## black-box over HTTP, against the running binaries; no role may lack a right, or have one that nothing used
	$(STACK) exec --all-rights -- cargo test --workspace --test contract

test-clients: build-tests ## published clients: Java's, Apache's, jose, jsonwebtoken, aws-jwt-verify, PyJWT
	@scripts/test-clients.sh $(STACK)

test-kit-python: build-tests ## the kit for Python: its types, its wheel, and that in a network that loses calls
	@scripts/test-kit-python.sh $(STACK)

test-kit-typescript: build-tests ## clients/typescript behind a faulty proxy, and its package in an empty project
	@scripts/test-kit-typescript.sh $(STACK)

test-kit-guards: build-tests ## clients/typescript and clients/python fail a test without each of their guards; half an hour, after both tests above
	@scripts/test-kit-guards.sh $(STACK)

test-conformance: build-tests ## the runner that partners try their clients with passes right clients, and finds the faults of a wrong one
	@scripts/test-conformance.sh $(STACK)

test-conformance-each: build-tests ## the same, each fault in a client of its own; minutes
	@scripts/test-conformance.sh $(STACK) each

test-api: build-tests ## generated requests: no 5xx, no answer outside of infra/openapi.yaml
	@scripts/test-api.sh $(STACK)

test-generated: build-tests ## clients that generators make of infra/openapi.yaml: Python, TypeScript, Java, and Go where it is installed
	@scripts/test-generated.sh $(STACK)

test-postman: build-tests ## the Postman collection: made of infra/openapi.yaml, run by newman
	@scripts/test-postman.sh $(STACK)

test-docs: build-tests ## the shell blocks of documents, in bash, dash, zsh and busybox
	@scripts/test-docs.sh $(STACK) $(DOCUMENTS)

test-examples: build-tests ## the programs of docs/examples, against a network that loses answers and keys that change
	@scripts/test-examples.sh $(STACK) $(EXAMPLES)

test-examples-all: EXAMPLES += go php csharp
test-examples-all: test-examples ## the same with Go, PHP and C#, whose compilers are large

test-console: build-tests ## the console's pages, walked through in headless Chromium
	@scripts/test-console.sh $(STACK)

test-facts: build-tests ## what the write protocol takes for granted, on Amazon's DynamoDB Local
	@scripts/test-amazon.sh $(STACK) facts

test-smoke: build-tests ## the check after a deployment (make smoke), against the local stack
	PATH="$(abspath $(TARGET)/debug):$$PATH" $(STACK) exec -- sh -c 'scripts/smoke.sh "$$POSTERN_API"'

test-alarms: build-tests $(LOCAL)/cfn-lint/installed ## each condition that the local stack can reach moves the metrics of its alarm
	PATH="$(abspath $(TARGET)/debug):$$PATH" $(STACK) exec -- $(LOCAL)/cfn-lint/bin/python -B tests/alarms

test-archive: build-tests $(LOCAL)/cfn-lint/installed ## an archived audit trail is compared with a seal: what is missing, edited or inserted is found
	PATH="$(abspath $(TARGET)/debug):$$PATH" $(STACK) exec -- $(LOCAL)/cfn-lint/bin/python -B tests/archive

test-upgrade: build ## sign-ins begun by the binaries of FROM (a commit) and ended by today's, and the reverse; builds FROM
	scripts/test-upgrade.sh "$(FROM)" $(TARGET)/debug

test-deploy: build $(LOCAL)/moto/installed $(LOCAL)/awscli/installed $(LOCAL)/sam/installed target/watch.yaml target/sender.yaml ## deploy.md and upgrade.md, followed on moto, which emulates AWS
	$(LOCAL)/moto/bin/python -B -W ignore tests/deploy $(TARGET)/debug

test-amazon: build-tests ## handlers and store once more, on Amazon's DynamoDB Local
	@scripts/test-amazon.sh $(STACK)

test-watch: build-tests $(LOCAL)/cargo-lambda/installed ## test-contract with the functions under `cargo lambda watch`
	$(STACK) exec --watch -- cargo test --workspace --test contract

# As `make package` builds, but unoptimised: the same linker, the same glibc.
test-package: $(LOCAL)/cargo-lambda/installed ## packages are for Lambda: x86_64, and no glibc that is later than that of provided.al2023
	scripts/package.sh x86_64 dev target/lambda-dev $(FUNCTIONS)

test-emergency: build-tests ## docs/emergency.md as it is printed; it waits as long as an operator would, half an hour
	python3 -B tests/docs/run.py --stack $(STACK) --shell dash --seconds 1800 docs/emergency.md

test-trail: ## ten thousand histories of the audit trail, through faults from a seed
	cargo run --quiet --profile prove -p trail -- --seeds 10000

# All that is tested, built at once: a part of the workspace alone has other features, and is built again.
build-tests:
	cargo build --workspace --all-targets

##@ Prove
.PHONY: prove prove-quick prove-long writes bench build-release
prove: ## the write protocol (docs/proof.md): each write, the model, the simulation; SEED=n replays one seed
	scripts/prove.sh

prove-quick: ## the part that CI runs
	scripts/prove.sh quick

prove-long: ## a hundred thousand seeds of the simulation
	scripts/prove.sh long

writes: build-tests ## each write: the tests that strike it with each fault, and that miss each clause of its condition
	$(TARGET)/debug/writes

bench: build build-release ## start-up, memory, latency, CPU and size of the release binaries, and the audit trail's verification; nothing timed is asserted
	$(STACK) exec -- cargo run --quiet -p bench --bin bench -- --binaries $(TARGET)/release --functions functions --postern $(TARGET)/debug/postern --json $(LOCAL)/bench.json
	cargo run --quiet --release -p bench --bin audit

build-release:
	cargo build --release $(FUNCTIONS)

##@ Lint
.PHONY: lint lint-compiled lint-read lint-format lint-rust lint-contract lint-rustdoc lint-crates lint-advisories lint-template lint-sam lint-api lint-scripts lint-workflows lint-docs lint-links
lint: ## what CI checks before it tests: all of these but lint-advisories
	@$(MAKE) --jobs=2 --output-sync=recurse --no-print-directory lint-compiled lint-read

# One cargo at a time may use the target folder. The others load and read meanwhile.
lint-compiled:
	@$(MAKE) --jobs=1 --no-print-directory lint-format lint-rust lint-contract lint-rustdoc

lint-read:
	@$(MAKE) --jobs=1 --no-print-directory lint-crates lint-template lint-sam lint-api lint-scripts lint-container lint-workflows lint-docs lint-links

lint-format: ## Rust's layout
	cargo fmt --all --check

lint-rust: ## clippy, warnings as errors
	cargo clippy --workspace --all-targets -- -D warnings

# Their target runs by name only, which --all-targets leaves out.
lint-contract: ## the same of the contract tests
	cargo clippy --workspace --test contract -- -D warnings

lint-rustdoc: ## what rustdoc warns of
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

lint-crates: $(LOCAL)/cargo/bin/cargo-deny ## licences and sources of crates, and those that are banned
	$(LOCAL)/cargo/bin/cargo-deny --log-level error check bans licenses sources

lint-template: $(LOCAL)/cfn-lint/installed target/watch.yaml target/sender.yaml ## the CloudFormation templates, in three partitions, and what must stay as it is in them
	$(LOCAL)/cfn-lint/bin/cfn-lint --regions us-east-1 us-gov-west-1 cn-north-1 -- infra/template.yaml infra/audit-archive.yaml target/watch.yaml
	$(LOCAL)/cfn-lint/bin/cfn-lint infra/edge.yaml target/sender.yaml
	$(LOCAL)/cfn-lint/bin/python -B -m unittest discover --quiet --start-directory tests/template --pattern '*.py'

# Neither uses the network or an account.
lint-sam: $(LOCAL)/sam/installed $(LOCAL)/checkov/installed target/watch.yaml target/sender.yaml ## the same by SAM, which reads a template as a deployment does, and by checkov, whose exceptions are in infra/checkov.yaml
	SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 $(LOCAL)/sam/bin/sam validate --lint --template infra/template.yaml
	$(LOCAL)/checkov/bin/checkov --config-file infra/checkov.yaml --file infra/template.yaml infra/edge.yaml infra/audit-archive.yaml infra/sender.yaml target/watch.yaml

# The nested templates, where the main one looks for them.
target/watch.yaml: $(LOCAL)/cfn-lint/installed $(wildcard infra/watch/*.py) infra/template.yaml
	$(LOCAL)/cfn-lint/bin/python -B infra/watch $@

target/sender.yaml: infra/sender.yaml
	mkdir -p target && cp infra/sender.yaml $@

lint-api: ## the description of the API: correct, open to additions, readable for code generators
	@scripts/lint-api.sh

lint-scripts: $(LOCAL)/lint/installed ## shell scripts, by shellcheck
	$(LOCAL)/lint/bin/shellcheck --external-sources scripts/*.sh tests/docs/bin/* .ci/run

lint-container: $(LOCAL)/lint/installed ## the local stack's Containerfile
	$(LOCAL)/lint/bin/hadolint infra/local-stack/Containerfile

lint-workflows: $(LOCAL)/lint/installed ## GitHub's files: their schemas, and what zizmor finds
	@scripts/lint-workflows.sh

# errors.py needs PyYAML, which cfn-lint brings.
lint-docs: $(LOCAL)/lint/installed $(LOCAL)/cfn-lint/installed ## documents: no shell block that some shell refuses, each refusal in docs/errors.md, one vocabulary of both kits, code as it is in its file
	python3 -B tests/docs/check.py --shellcheck $(LOCAL)/lint/bin/shellcheck $(DOCUMENTS) $(UNRUN)
	$(LOCAL)/cfn-lint/bin/python -B tests/docs/errors.py
	$(LOCAL)/cfn-lint/bin/python -B tests/docs/kits.py
	python3 -B tests/kits/names.py
	python3 -B tests/docs/includes.py $(DOCUMENTS) $(UNRUN)

lint-links: ## relative links and anchors of all Markdown files
	@scripts/lint-links.sh

lint-advisories: $(LOCAL)/cargo/bin/cargo-deny ## crates with known vulnerabilities; needs GitHub, so not part of lint
	$(LOCAL)/cargo/bin/cargo-deny --log-level error check advisories

##@ Deploy
.PHONY: package package-local deploy smoke destroy costs
package: $(LOCAL)/cargo-lambda/installed target/watch.yaml target/sender.yaml ## release binaries for Lambda, for this machine's processor or ARCH=arm64, ARCH=x86_64
	scripts/package.sh "$(ARCH)" release target/lambda $(FUNCTIONS)

deploy: build $(LOCAL)/sam/installed ## what make package built, as the stack NAME, with PARAMETERS=infra/parameters.yaml; docs/deploy.md
	scripts/deploy.sh "$(abspath $(TARGET)/debug)" "$(or $(NAME),postern)" "$(or $(PARAMETERS),infra/parameters.yaml)"

smoke: ## signs a sandbox user in at URL, or at the local stack that runs, with the variables of that stack
	PATH="$(abspath $(TARGET)/debug):$$PATH" scripts/smoke.sh "$(or $(URL),$(POSTERN_API))"

destroy: $(LOCAL)/sam/installed ## deletes the stack NAME; asks first, and says what stays
	$(LOCAL)/sam/bin/python scripts/deploy.py destroy --stack "$(or $(NAME),postern)"

costs: $(LOCAL)/cfn-lint/installed ## docs/costs.md, from what each call does
	$(LOCAL)/cfn-lint/bin/python -B infra/costs >docs/costs.md

package-local: ## the local stack as a folder that needs no project: .local/postern-local; PROFILE=dev is faster
	scripts/package-local.sh $(LOCAL)/postern-local $(or $(PROFILE),release)

# ── Tools ────────────────────────────────────────────────────────────────────────────────────────────────────────────
.PHONY: tools lock-python
# Those of `make lint` are left out: .ci/run has both at once.
tools: ## loads what `make test` needs, which it loads itself otherwise, one after the other
	@scripts/install-tools.sh $(addprefix $(LOCAL)/,kit-python/installed generators/installed schemathesis/installed \
	  clients/jars clients/packages examples/gson/installed examples/typescript/installed generated/jars generated/npm \
	  playwright/with-axe postman/newman cargo-lambda/installed)

# Its project publishes source alone.
$(LOCAL)/cargo/bin/cargo-deny:
	CARGO_PROFILE_DEV_DEBUG=false CARGO_TARGET_DIR=target/tools cargo install cargo-deny@0.20.2 --locked --debug --no-default-features --root $(LOCAL)/cargo --quiet

# Virtual environments: scripts/python/NAME.in says what is in them.
$(LOCAL)/%/installed: scripts/python/%.txt
	scripts/install-python.sh $*

lock-python: $(LOCAL)/uv/installed ## pins what scripts/python/*.in asks for; UPGRADE=--upgrade takes newer versions of what that needs
	scripts/lock-python.sh $(UPGRADE)

$(LOCAL)/clients/jars:
	scripts/install-debian.sh $(LOCAL)/clients/java libhttpclient5-java libhttpcore5-java libslf4j-java libcommons-codec-java >$(LOCAL)/clients.log 2>&1 && touch $@

$(LOCAL)/clients/packages:
	scripts/install-node.sh $(LOCAL)/clients jose@6.2.18 aws-jwt-verify@5.2.1 jsonwebtoken@9.0.3 jwks-rsa@4.1.0 && touch $@

$(LOCAL)/examples/gson/installed:
	scripts/install-debian.sh $(@D) libgoogle-gson-java >$(LOCAL)/examples.log 2>&1 && touch $@

$(LOCAL)/examples/typescript/installed:
	scripts/install-node.sh $(@D) typescript@7.0.2 @types/node@20.19.43 jose@6.2.18 && touch $@

$(LOCAL)/generated/npm:
	scripts/install-node.sh $(LOCAL)/generated openapi-typescript@7.13.0 openapi-fetch@0.17.0 typescript@5.9.3 @types/node@20.19.25 && touch $@

$(LOCAL)/generated/jars:
	scripts/install-debian.sh $(LOCAL)/generated/debian libjakarta-annotation-api-java libhttpclient-java libhttpmime-java >$(LOCAL)/generated.log 2>&1 && touch $@

$(LOCAL)/generated/go:
	scripts/install-debian.sh $(LOCAL)/generated/debian-go golang-gopkg-validator.v2-dev >$(LOCAL)/generated.log 2>&1 && touch $@

$(LOCAL)/postman/newman:
	scripts/install-node.sh $(LOCAL)/postman newman@6.2.2 && touch $@

$(LOCAL)/playwright/with-axe:
	scripts/install-node.sh $(LOCAL)/playwright axe-core@4.14.1 playwright-core@1.65.1 && touch $@

$(LOCAL)/redocly/node_modules/.bin/redocly:
	scripts/install-node.sh $(LOCAL)/redocly @redocly/cli@2.77.0

$(LOCAL)/spectral/node_modules/.bin/spectral:
	scripts/install-node.sh $(LOCAL)/spectral @stoplight/spectral-cli@6.16.3

$(LOCAL)/remark/node_modules/.bin/remark:
	scripts/install-node.sh $(LOCAL)/remark remark-cli@12.0.1 remark-validate-links@13.1.0
