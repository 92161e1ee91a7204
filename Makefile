# Needs Python 3.11 or later and make; everything else is put into .venv, from hash-pinned locks.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1

.DEFAULT_GOAL := help
.PHONY: help install try test check e2e e2e-pulumi synth image push bench generate lock

help:  ## print this
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/.run  ## set up .venv, which `pulumi` and `cdk8s` use

try: $(VENV)/.run  ## five requests become five tables, with no cluster
	@$(BIN)/tablepromise try

test: $(VENV)/.dev  ## the tests that need no cluster
	@$(BIN)/python -m pytest -q -n auto --dist loadfile $(PYTEST_ARGUMENTS) \
		-m "not cluster and not dynamodb_local and not e2e and not cost and not stacks"

check: $(VENV)/.dev  ## lint, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pyright

e2e: $(VENV)/.dev  ## requests on the installed platform of KUBECONFIG, from order to end
	@$(BIN)/python -m pytest -v -m e2e tests/e2e

e2e-pulumi: $(VENV)/.dev  ## each stack on the empty cluster of KUBECONFIG, up and down again
	@$(BIN)/python -m pytest -v -rs -m stacks tests/e2e

synth: $(VENV)/.run  ## write the manifests of every target to manifests/
	@$(BIN)/python -m infra.app

image:  ## build the pipeline's image with docker, or buildah where there is none: dist/pipeline.tar
	@echo "$(IMAGE)"
	@mkdir -p dist && rm -f $(ARCHIVE)
	@if docker info >/dev/null 2>&1; then \
		docker build $(IMAGE_ARGUMENTS) . && docker save -o $(ARCHIVE) $(IMAGE); \
	elif command -v buildah >/dev/null; then \
		buildah build --isolation chroot $(IMAGE_ARGUMENTS) . \
		&& buildah push $(IMAGE) docker-archive:$(ARCHIVE):$(IMAGE); \
	else \
		echo "neither docker runs here nor is buildah installed; install one of them" >&2; exit 1; \
	fi

push:  ## build the pipeline's image and push it: make push REGISTRY=registry.example.com/tablepromise
	@test -n "$(REGISTRY)" || { echo "REGISTRY is missing: make push REGISTRY=registry.example.com/tablepromise" >&2; exit 2; }
	@$(MAKE) image
	@if docker info >/dev/null 2>&1; then docker push $(IMAGE); else buildah push $(IMAGE); fi

bench: $(VENV)/.dev  ## measure, as ratios to a peer in the same run
	@$(BIN)/python -m tools.bench
	@if [ -n "$$KUBECONFIG" ]; then $(BIN)/python -m pytest -q -s -m cost tests/e2e; \
	else echo "KUBECONFIG names no cluster with a target on it: nothing is said of the chain"; fi

generate: $(VENV)/.dev  ## write the files that are derived from others
	@$(BIN)/python -m tools.generate

# the tag is derived from the sources; without REGISTRY the name is one that no node pulls
IMAGE = $(shell $(PYTHON) -I constructs/tablepromise/platform/pipeline_image.py $(REGISTRY))
ARCHIVE := dist/pipeline.tar
# another base, such as a mirror's: make image PYTHON_IMAGE=registry.example.com/python:3.13.7
IMAGE_ARGUMENTS = -f constructs/tablepromise/pipeline/Dockerfile -t $(IMAGE) \
	$(if $(PYTHON_IMAGE),--build-arg PYTHON_IMAGE=$(PYTHON_IMAGE))

UV_COMPILE := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header
lock: $(VENV)/.uv  ## pin the newest packages that pyproject.toml allows
	@$(UV_COMPILE) --extra stacks pyproject.toml -o requirements.lock
	@$(UV_COMPILE) -c requirements.lock --extra stacks --group dev pyproject.toml -o requirements-dev.lock
	@$(UV_COMPILE) -c requirements.lock constructs/tablepromise/pipeline/requirements.in \
		-o constructs/tablepromise/pipeline/requirements.lock

$(VENV)/.uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"Python 3.11 or later is needed; name one that you have: make PYTHON=python3.13 try")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/.uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@
