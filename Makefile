# One command per habit. Each needs nothing but Python, pip and a C compiler beforehand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PENCHANT := $(BIN)/penchant
INSTALLED := $(VENV)/.installed
TYPED := .cache/penchant
# Tests of one file stay together, since they share what is costly to set up.
SPREAD := -n auto --maxprocesses 4 --dist loadfile

.PHONY: chat test test-all check format bench demo models clean

chat: $(INSTALLED)  ## open the chat; the first time, install and fetch the models
	@$(PENCHANT) chat --pull $(ARGS)

test: $(INSTALLED)  ## run the tests that a change must pass
	$(BIN)/python -m pytest -m "not slow" $(SPREAD) $(ARGS)

test-all: $(INSTALLED)  ## run every test
	$(BIN)/python -m pytest $(SPREAD) $(ARGS)

check: $(INSTALLED) $(TYPED)  ## lint, types, and the one-way imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED)  ## put the code in its standard form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(INSTALLED)  ## measure speed
	$(PENCHANT) bench startup
	$(PENCHANT) bench turn

demo: $(INSTALLED)  ## hold the scripted conversation of docs/demo again, with the default model
	$(BIN)/python docs/demo/run.py $(ARGS)

models: $(INSTALLED)  ## fetch the models without opening the chat
	$(PENCHANT) models pull

clean:  ## remove what make made; models and memories stay
	rm -rf $(VENV) .cache build dist penchant.egg-info

$(INSTALLED): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -c constraints.txt -e '.[local,dev]'
	@touch $@

# Type checkers need a directory that holds the package under its name.
$(TYPED):
	mkdir -p .cache
	ln -sfn .. $@
