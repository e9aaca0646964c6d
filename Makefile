# Every command installs what it needs; nothing but make, a POSIX shell, git and some Node from 18 on has to be there.
.DEFAULT_GOAL := help
.PHONY: help bootstrap demo test up down clean check check-k8s rig-k8s token bench chaos

# The project brings its own Node 24; the machine's own one only installs it.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
# What Node has compiled once it does not compile again: a service starts with half the work.
export NODE_COMPILE_CACHE ?= $(CURDIR)/.millrace/compile-cache
STACK := tools/stack/src/commands

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

bootstrap:
	@sh tools/bootstrap.sh

demo: bootstrap ## Bring everything up, run the main jobs on real input and show what happened
	@node tools/demo/src/main.ts

test: bootstrap ## Run every test; ends with "N passed, N failed" (FILES=path runs those below it)
	@node packages/testkit/src/run-tests.ts $(FILES)

up: bootstrap ## Start the cluster and leave it running; prints URLs and an admin token (FREE_PORTS=1: free ports)
	@node $(STACK)/up.ts

down: bootstrap ## Stop the cluster and keep its data
	@node $(STACK)/down.ts

clean: bootstrap ## Stop the cluster and delete its data, logs and local signing key
	@node $(STACK)/clean.ts

check: bootstrap ## Format, lint, types, import rules, unused code, generated files
	@node tools/check/src/main.ts

check-k8s: bootstrap ## Render every overlay of infra/k8s and hold it to schemas, linter and rules
	@node tools/kubernetes/src/check.ts

rig-k8s: bootstrap ## Let the real control plane scale and restart real pods under load (builds it once, about 10 minutes)
	@node tools/kubernetes/src/rig/main.ts
	@node chaos/src/rollouts/main.ts

token: bootstrap ## Print a token: make token ROLE=member|viewer|operator|admin [SUB=name]
	@ROLE='$(ROLE)' SUB='$(SUB)' node $(STACK)/token.ts

bench: bootstrap ## Measure against peers side by side (FULL=1: the long form, ONLY=peers,search: these)
	@FULL='$(FULL)' ONLY='$(ONLY)' node bench/src/main.ts

chaos: bootstrap ## Kill, cut and wipe under real load, then judge what is left (FULL=1, SEED=, ONLY=mixed,T3)
	@node chaos/src/main.ts
