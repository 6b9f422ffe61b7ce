# `make` alone lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# Extra arguments of pytest: make test PYTEST_ARGS='-x test/weighting'
PYTEST_ARGS ?=
# Releases of Debian for test-matrix; forky has QGIS 3.44, Python 3.14 and numpy 2.4.
RELEASES ?= forky
# The user's QGIS profile to install into, or the plugins folder itself.
PROFILE ?= default
PLUGINS ?=
export PROFILE PLUGINS

with_qgis = eval "$$(scripts/env.sh)" &&
python = build/venv/bin/python
qt6_tests = test/qt6 $(foreach part,judgement_editor judgement_model zone_matrix index_system_editor,test/gui/test_$(part).py)

# What the benchmarks run with: make benchmark SIZES='1000 10000' ROUNDS=3 TASKS='breaks nearest'
SIZES ?=
ROUNDS ?=
TASKS ?=
LIMIT ?=
benchmark_python = build/benchmark-venv/bin/python
benchmark_options = $(if $(SIZES),--sizes '$(SIZES)') $(if $(ROUNDS),--rounds $(ROUNDS))

.PHONY: help demo test test-matrix test-engines test-qt6 test-bad-input fuzz coverage mutation lint env install uninstall clean setup setup-test translations package benchmark benchmark-qgis benchmark-coverage

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' Makefile

demo: setup ## install what is missing, evaluate the demo parcels and draw the map
	@$(with_qgis) scripts/demo.sh

test: setup-test ## install what is missing and run the tests (PYTEST_ARGS='...' is passed on)
	@$(with_qgis) $(python) -m pytest $(PYTEST_ARGS)

test-matrix: ## run the tests on other releases of Debian, each in a system of its own (RELEASES='forky'; root; PYTEST_ARGS)
	@PYTEST_ARGS='$(PYTEST_ARGS)' scripts/test_matrix.sh $(RELEASES)

test-engines: setup-test ## test the optional engines in the oldest releases that serve
	@scripts/test_oldest.sh $(PYTEST_ARGS)

test-qt6: build/qt6-venv/requirements.stamp ## drive the editors with Qt 6, which needs no QGIS (PYTEST_ARGS)
	@PYTHONPATH=test/qt6 QT_QPA_PLATFORM=offscreen LC_ALL=C.UTF-8 build/qt6-venv/bin/python -m pytest \
		-p no:cacheprovider -p without_qgis $(qt6_tests) \
		--deselect test/gui/test_judgement_editor.py::test_the_plugin_loads_without_the_editor $(PYTEST_ARGS)

fuzz: setup-test ## feed random layers and settings to every algorithm (MINUTES=10 SEED=1)
	@$(with_qgis) $(python) test/fuzz.py --minutes $(or $(MINUTES),10) --seed $(or $(SEED),1)

test-bad-input: setup-test ## run every bad input with every algorithm through qgis_process (a quarter of an hour)
	@$(with_qgis) BAD_INPUT=all $(python) -m pytest test/cli/test_bad_input.py $(PYTEST_ARGS)

coverage: setup-test ## run the tests and say which lines they do not reach; runs of qgis_process are not counted (PYTEST_ARGS)
	@$(with_qgis) $(python) -m coverage run -m pytest $(PYTEST_ARGS) || echo "some tests failed: what they would reach is not counted"
	@$(python) scripts/coverage_groups.py

mutation: setup-test build/mutation-venv/requirements.stamp ## change lines of the kernels and see whether tests fail (SAMPLE=30 SEED=1 ROOMS='ahp zones')
	@$(with_qgis) build/mutation-venv/bin/python scripts/mutation.py --sample $(or $(SAMPLE),30) --seed $(or $(SEED),1) $(ROOMS)

lint: setup-test ## check the Python code and its format
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .

package: setup build/package-venv/requirements.stamp ## build the plugin's zip, check and scan it
	@rm -rf build/package
	@scripts/package.sh

translations: ## bring the catalogue of translations up to date with the code and compile it
	@/usr/bin/python3 scripts/translations.py update
	@/usr/bin/python3 scripts/translations.py build

benchmark: build/benchmark-venv/requirements.stamp ## install the peers and compare speed, memory and answers (SIZES, ROUNDS, TASKS, LIMIT)
	@$(benchmark_python) -m benchmarks.run $(benchmark_options) $(if $(TASKS),--tasks '$(TASKS)') $(if $(LIMIT),--limit $(LIMIT))

benchmark-qgis: setup build/benchmark-venv/requirements.stamp ## compare whole qgis_process runs with QGIS' field calculator (SIZES, ROUNDS)
	@$(with_qgis) $(benchmark_python) -m benchmarks.qgis_runs $(benchmark_options)

benchmark-coverage: setup ## compare the building coverage of parcels with QGIS' own overlap analysis (ROUNDS)
	@$(with_qgis) /usr/bin/python3 -m benchmarks.building_coverage $(if $(ROUNDS),--rounds $(ROUNDS))

env: ## print the environment in which qgis_process has the plugin: eval "$(make -s env)"
	@scripts/setup.sh run
	@scripts/env.sh

install: ## link the plugin into your QGIS profile (PROFILE=name, or PLUGINS=folder)
	@scripts/install.sh install

uninstall: ## remove that link
	@scripts/install.sh uninstall

clean: ## remove everything the other targets made in this folder
	rm -rf build .pytest_cache .ruff_cache .hypothesis resources/i18n/*.qm
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# build/NAME-venv has what requirements-NAME.txt lists.
build/%-venv/requirements.stamp: requirements-%.txt
	@/usr/bin/python3 -c 'import ensurepip' || { echo "Python's venv is missing: apt-get install python3-venv"; exit 1; }
	@/usr/bin/python3 -m venv --clear build/$*-venv
	@build/$*-venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r $<
	@cp $< $@

setup:
	@scripts/setup.sh run

setup-test:
	@scripts/setup.sh test
