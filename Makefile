# SPDX-License-Identifier: MIT
# Targets for people and CI; `make help` lists them.
SHELL := /bin/bash
PYTHON := .venv/bin/python
CONFIG ?= configs/minivisor.yaml
# One more than there are processors: boots and timeouts leave a processor idle.
WORKERS ?= $(shell expr $$(nproc) + 1)

.DEFAULT_GOAL := help

help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  \1\t\2/p' Makefile | expand -t 12

setup: ## .venv with pinned packages, and the Debian packages that are missing
	@.ci/setup

demo: setup ## the main job on the embedded hypervisor, end to end
	@log=$$(mktemp) && { .venv/bin/tcbsplit doctor >$$log || { cat $$log; rm -f $$log; exit 2; }; } && rm -f $$log
	@.venv/bin/tcbsplit run $(CONFIG)

test: setup ## the whole test suite, live boots included
	@$(PYTHON) -m pytest -n $(WORKERS) --dist loadgroup

matrix: setup ## boot every scenario of the embedded hypervisor under every accelerator
	@.venv/bin/tcbsplit run $(CONFIG) --accel all

lint: setup ## style, formatting, types, the layer contract, complexity
	@.ci/lint

check: lint test ## lint and test

golden: setup ## rewrite expected outputs, for review with git diff
	@$(PYTHON) -m pytest -n $(WORKERS) --dist loadgroup --golden

docs: setup ## the documentation as a site, in build/docs
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict && echo build/docs/index.html

bench: setup ## timings of the stages as ratios
	@$(PYTHON) -m tests.bench

figures: setup ## run minivisor, and publish its figures in reports/examples and README.md
	@$(PYTHON) -m tests.figures

soak: matrix ## hours: the matrix, 10,000 configurations and 1,000 artifacts damaged, 250 runs broken off, 200 boots harmed, 1,000 hostile guests, 1,000 erasures, 10,000 random programs divided, 10 million blobs fuzzed
	@$(PYTHON) -m tests.soak

clean: ## remove what runs and builds wrote
	@rm -rf build .pytest_cache .mypy_cache .ruff_cache
	@find reports -mindepth 1 -maxdepth 1 ! -name README.md ! -name examples -exec rm -rf {} +
	@$(MAKE) -s -C corpora/minivisor clean

.PHONY: help setup demo test matrix lint check golden docs bench figures soak clean
