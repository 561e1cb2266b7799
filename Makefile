# Wrenn on Karaf. `make` lists the targets; each one is a script in scripts/.
.DEFAULT_GOAL := help
.PHONY: help setup build dev shell stop check bench clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## install missing Debian packages (needs root only when something is missing) and check the toolchains
	@scripts/setup.sh

build: ## guest agent, guest kernel and image, Karaf distribution: what changed
	@scripts/build.sh

dev: ## build, start the platform in run/, run one capsule, print the console's address and login (KERNEL=debian: no kernel compile)
	@scripts/dev.sh

shell: ## the Karaf shell of the running platform; CMD="capsule:list" runs one command
	@scripts/shell.sh "$(CMD)"

stop: ## destroy every capsule and stop the platform; only the database in run/data stays
	@scripts/stop.sh

check: ## every test: guest agent, unit, driver TCKs, the assembled Karaf, a booted guest
	@scripts/check.sh

bench: ## ratios against the raw operation, in one run; needs an idle machine
	@scripts/bench.sh

clean: ## stop, and remove run/ and all build output (the kernel cache stays: kernel-and-rootfs/build.sh clean-cache)
	@scripts/clean.sh
