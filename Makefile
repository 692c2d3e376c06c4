# e-MES. `make run` serves, `make test` tests; `make help` names the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Bytecode beside the tree: the tests start hundreds of processes, each of which would compile the application anew.
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/bytecode
# Also where the machine says that none be written: without it each start costs twice as much.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help

.PHONY: help
help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

$(BIN)/python:
	@./scripts/make-venv "$(PYTHON)" "$(VENV)"

$(VENV)/.installed: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

.PHONY: catalogues
catalogues: $(VENV)/.installed
	@$(BIN)/pybabel --quiet compile -d translations

.PHONY: run
run: $(VENV)/.installed catalogues ## serve web and background work on http://127.0.0.1:8080
	@./scripts/system-packages pdf
	$(BIN)/flask --app run init
	$(BIN)/python run.py

.PHONY: system-packages
system-packages:
	@./scripts/system-packages test

.PHONY: test
test: $(VENV)/.installed-dev catalogues system-packages ## all tests: SQLite, PostgreSQL, Chromium
	$(BIN)/python -m pytest $(PYTEST_ARGS)

.PHONY: test-large
test-large: $(VENV)/.installed-dev catalogues system-packages ## the same tests on PostgreSQL, S3 and Redis (longer than `test`)
	$(BIN)/python -m pytest --deployment large $(PYTEST_ARGS)

.PHONY: lint
lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python translations/update.py --check

.PHONY: bench
bench: $(VENV)/.installed-dev catalogues ## measure pages, saves, the rush and exports beside their peers (an hour; BENCH_ARGS for less of it)
	$(BIN)/python -m benchmarks.web $(BENCH_ARGS)
	$(BIN)/python -m benchmarks.exports $(BENCH_EXPORTS_ARGS)
	$(BIN)/python -m benchmarks.beside_traffic
	$(BIN)/python -m benchmarks.report

.PHONY: check
check: lint test ## format, lint, types, import contracts, catalogues, migrations, then all tests

.PHONY: format
format: $(VENV)/.installed-dev ## put the code into its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: translations
translations: $(VENV)/.installed-dev ## bring the catalogues up to date with the code
	$(BIN)/python translations/update.py

.PHONY: migration
migration: $(VENV)/.installed-dev ## a migration for what changed in the models: make migration NAME="what it does"
	$(BIN)/flask --app run db migrate -m "$(NAME)"

.PHONY: help-pictures
help-pictures: $(VENV)/.installed-dev catalogues system-packages ## take the pictures of the guides anew from the running application
	$(BIN)/python scripts/help-pictures

.PHONY: mutants
mutants: $(VENV)/.installed-dev catalogues system-packages ## take each defence away and see that a test notices (a quarter of an hour; MUTANTS for some)
	$(BIN)/python scripts/mutants $(MUTANTS)

.PHONY: sbom
sbom: $(VENV)/.installed-dev ## the list of components of a release: emes-sbom.json (CycloneDX)
	$(BIN)/python scripts/sbom emes-sbom.json

.PHONY: audit
audit: $(VENV)/.installed-dev ## ask for known faults of the locked packages; fails where nobody can be asked
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements.txt

.PHONY: lock
lock: ## resolve requirements*.in into the hashed locks (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header requirements.in -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header requirements-dev.in -o requirements-dev.txt
