# Two commands do all the set-up: `make demo` and `make test`. Both create .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
STAMP := $(VENV)/.installed
OMIT_USER_SITE := PYTHONNOUSERSITE=1

.PHONY: demo test check bench clean

demo: $(STAMP)  ## run the quickstart pack on the embedded default system, offline
	$(OMIT_USER_SITE) $(BIN)/python -m pytest --robust --robust-pack quickstart -q

test: $(STAMP)  ## run the test suite
	$(OMIT_USER_SITE) $(BIN)/python -m pytest $(ARGS)

check: $(STAMP)  ## lint, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)  ## print every ratio of benchmarks/, each measured beside its reference in one run
	$(OMIT_USER_SITE) $(BIN)/python -m benchmarks

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade 'pip>=25.1'
	$(PIP) install --quiet --constraint constraints.txt 'torch==2.13.0'
	$(PIP) install --quiet --constraint constraints.txt --editable '.[all]' --group dev
	touch $@

clean:  ## remove the environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .robust dist build
