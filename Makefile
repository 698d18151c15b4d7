# One command per habit. `make chat` and `make test` need nothing but Python, pip and gcc.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CHAT_STAMP := $(VENV)/.models

.PHONY: chat test test-all check format bench demo models clean

chat: $(STAMP)
	@$(BIN)/penchant chat $(ARGS)

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[local,dev]'
	@touch $@

.cache/penchant:
	@mkdir -p .cache && ln -sfn .. .cache/penchant

