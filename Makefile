# Everything that can be done with this checkout. `make` alone lists it.

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
MODELS_FOLDER := $(or $(MODELS_ROOT),$(or $(VAR_DIR),var)/models)
PYTEST_WORKERS ?= 2

# A stamp is younger than what it was made from, so that a second run does nothing.
RUN_STAMP := $(VENV)/.installed-run
TEST_STAMP := $(VENV)/.installed-test
MODELS_STAMP := $(MODELS_FOLDER)/.fetched
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))

# `make demo ONCE=1 PHOTO=me.jpg TEMPLATE=kemusan PORT=8000`
DEMO_ARGS := $(if $(ONCE),--once) $(if $(PHOTO),--photo "$(PHOTO)") $(if $(TEMPLATE),--template "$(TEMPLATE)") \
	$(if $(PORT),--port $(PORT))

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "; print "Usage: make TARGET\n"} /^[a-z-]+:.*## / {printf "  %-17s %s\n", $$1, $$2}' Makefile

.PHONY: setup
setup: $(TEST_STAMP) $(MODELS_STAMP) compile ## Make .venv with everything for tests and benchmarks

.PHONY: demo
demo: $(RUN_STAMP) compile ## Start everything and make one dance video; ONCE=1 stops after it, PHOTO=... takes your photo
	@$(BIN)/python manage.py demo $(DEMO_ARGS)

.PHONY: serve
serve: $(RUN_STAMP) $(MODELS_STAMP) compile migrate ## Web server, workers and scheduler as one group; PORT=8000
	@$(BIN)/python manage.py serve $(if $(PORT),--port $(PORT))

.PHONY: worker
worker: $(RUN_STAMP) $(MODELS_STAMP) ## Workers and scheduler alone, for a web server that runs elsewhere
	@$(BIN)/python manage.py serve --without-web

.PHONY: migrate
migrate: $(RUN_STAMP) ## Bring the database to the newest schema
	@$(BIN)/python manage.py migrate --verbosity 1

.PHONY: test
test: setup programs ## Run every test; what cannot run here is skipped with its reason and counted
	@$(BIN)/pytest -n $(PYTEST_WORKERS) $(PYTEST_ARGS)

.PHONY: check
check: setup format-check lint migrations-check ## Format, lint, types, imports, migrations, tests: what CI runs
	@$(MAKE) --no-print-directory test

.PHONY: format-check
format-check: $(TEST_STAMP)
	@$(BIN)/ruff format --check .

.PHONY: lint
lint: $(TEST_STAMP) ## Ruff, mypy (strict) and the import contracts
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: migrations-check
migrations-check: $(TEST_STAMP)
	@DJANGO_SETTINGS_MODULE=tongyi_portal.settings.test $(BIN)/python manage.py makemigrations --check --dry-run

.PHONY: format
format: $(TEST_STAMP) ## Rewrite the code in the house format
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

.PHONY: coverage
coverage: setup programs ## Run every test in one process, and show which lines none of them reaches
	@$(BIN)/coverage run -m pytest $(PYTEST_ARGS)
	@$(BIN)/coverage report --skip-covered --show-missing

.PHONY: docs-images
docs-images: setup ## Draw the pictures of the documentation again
	@$(BIN)/python docs/img/make_dances.py

.PHONY: bench
bench: setup ## Run every benchmark; each ends with one line of JSON
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

.PHONY: messages
messages: $(TEST_STAMP) ## Collect the texts to translate into locale/*/LC_MESSAGES/django.po (needs gettext)
	@command -v xgettext >/dev/null || { echo "xgettext is missing; install the package gettext."; exit 1; }
	@$(BIN)/python manage.py makemessages --locale zh_Hans --no-location --no-wrap --no-obsolete \
		--ignore '.venv/*' --ignore 'var/*' --ignore 'build/*' --ignore 'tests/*'

.PHONY: compile
compile: $(CATALOGUES) ## Compile the message catalogues

%.mo: %.po | $(RUN_STAMP)
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

.PHONY: openapi
openapi: $(TEST_STAMP) ## Write the OpenAPI document to docs/api/openapi.yaml
	@$(BIN)/python manage.py api_schema

.PHONY: programs
programs: # Chromium, a CJK font and ffprobe for the tests, where they may be installed
	@missing=; \
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
		missing="chromium fonts-noto-cjk"; \
	command -v ffprobe >/dev/null || missing="$$missing ffmpeg"; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing for the tests: $$missing"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null || \
		echo "They could not be installed; the tests that need them are skipped."; \
	else \
		echo "Not here, and no right to install them: $$missing. The tests that need them are skipped."; \
	fi

.PHONY: clean
clean: ## Remove what tools and builds leave behind; .venv and var stay
	@rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache htmlcov .coverage*
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +
	@rm -f locale/*/LC_MESSAGES/*.mo

# One way to find the right Python: the first of these names that is 3.11 and can make an environment.
$(VENV)/bin/python:
	@for name in "$(PYTHON)" python3.11 python3 python; do \
		if [ -n "$$name" ] && "$$name" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then \
			found="$$name"; break; \
		fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Python 3.11 is needed and none was found. Install it, or name it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; \
		exit 1; \
	fi; \
	echo "Making $(VENV) with $$($$found --version)."; \
	"$$found" -m venv $(VENV) || { rm -rf $(VENV); echo "On Debian and Ubuntu: apt install python3.11-venv"; exit 1; }

$(RUN_STAMP): pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the portal needs (about 250 MB, once)."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable .
	@touch $@

$(TEST_STAMP): pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the portal and its tests need (about 350 MB, once)."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[test]'
	@touch $(RUN_STAMP) $@

$(MODELS_STAMP): tongyi_portal/vision/model_files.py | $(RUN_STAMP)
	@$(BIN)/python manage.py fetch_models
	@mkdir -p $(@D) && touch $@
