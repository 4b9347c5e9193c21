# Two commands do all the set-up: `make demo` and `make test`. Both create .venv first.
# torch: on Linux the public index has CUDA builds of some gigabytes. A CPU build is taken where pip finds one, so where
# yours finds none: PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu make demo
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
STAMP := $(VENV)/.installed
# nothing of the user's own site-packages may stand in for what is not installed here
PYTEST := PYTHONNOUSERSITE=1 $(BIN)/python -m pytest

# plugins that came with other packages: LangSmith's alone costs two seconds of every start
FAST_START := -p no:randomly -p no:langsmith_plugin -p no:hypothesispytest

.PHONY: demo test check bench validity coverage mutants fuzz toys reference dist clean

demo: $(STAMP)  ## run the quickstart pack on the embedded default system, offline
	$(PYTEST) --robust --robust-pack quickstart -q -rfE $(FAST_START)

test: $(STAMP)  ## run the test suite; ARGS are given to pytest
	$(PYTEST) $(ARGS)

check: $(STAMP)  ## lint, format, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(STAMP)  ## measure every ratio of benchmarks/ beside its reference, and write docs/performance.md
	PYTHONNOUSERSITE=1 $(BIN)/python -m benchmarks --record

mutants: $(STAMP)  ## how many small changes of gates, stats and measures the tests notice; ARGS are given on: a package, --seed N
	$(PIP) install -qq --constraint constraints.txt --group mutants
	PYTHONNOUSERSITE=1 $(BIN)/python -m benchmarks.mutants $(ARGS)

fuzz: $(STAMP)  ## give hostile bytes to what reads files and replies; ARGS are given on: a target, --minutes N
	$(PIP) install -qq --constraint constraints.txt --group fuzz
	PYTHONNOUSERSITE=1 $(BIN)/python -m benchmarks.fuzz $(ARGS)

coverage: $(STAMP)  ## which lines and branches the test suite runs, in its processes and in those that it starts
	$(PIP) install -qq --constraint constraints.txt --group mutants
	failed=0; PYTHONNOUSERSITE=1 $(BIN)/python -m coverage run -m pytest -q -n 2 $(ARGS) || failed=$$?; \
	$(BIN)/python -m coverage combine -q && \
	$(BIN)/python -m coverage report --skip-covered --sort=cover && exit $$failed

validity: $(STAMP)  ## judge the instrument on planted systems and write docs/validity.md; DATASETS=DIR for people's labels
	$(PYTEST) tests/validity tests/laws/test_stats_laws.py -q -p no:randomly --record=build/validity.json $(if $(DATASETS),--datasets=$(DATASETS))
	PYTHONNOUSERSITE=1 $(BIN)/python -m docs.validity build/validity.json

toys: $(STAMP)  ## train the two toy models of the tests anew, on one core in two or three minutes
	PYTHONNOUSERSITE=1 $(BIN)/python -m benchmarks.yielding tests/models_stored

reference: $(STAMP)  ## write docs/reference/ anew from the code
	PYTHONNOUSERSITE=1 $(BIN)/python -m docs.reference

dist: $(STAMP)  ## build the sdist and the wheel into dist/
	$(BIN)/python -m hatchling build --clean -d dist -t sdist -t wheel

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "needs Python 3.11 or newer: make PYTHON=python3.12")'
	@echo "Installing into $(VENV): a few minutes, about 1.7 GB, most of it torch."
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -qq --constraint constraints.txt pip
	$(PIP) install -qq --constraint constraints.txt --build-constraint constraints.txt --editable '.[all]' --group dev
	@$(BIN)/python -m compileall -qq src pytest_robust # where writing bytecode is switched off, starting stays fast
	@touch $@

clean:  ## remove the environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .robust .fuzz dist build
