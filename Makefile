# make demo    a demonstration night, from raw frames to solved frames; DEMO_CAMERA=ccd2: of two amplifiers, ccd2_silent: whose headers tell no gain
# make test    all tests
# make torture the campaign of troubles, at most 20 minutes: SEED=… makes the same again, PAGE=docs/reliability.md
#              writes its figures there
# make lint    formatting, linters, types
# make config  config/config.yaml, its schema and the tables of its guide, from the settings
# make docs    the pictures in docs/, the steps in README.md
# make oldest  a small demonstration night on the oldest Snakemake that is promised
# make bench   what things cost, with the rivals where they are installed: writes docs/performance.md.
#              ONLY="bench_night …": those alone; QUICK=1: small frames; neither writes that page
# make accuracy  campaigns of how true figures are, for hours; ONLY and QUICK likewise
# make golden  approve of the bytes that the steps make now
# make venv    the environment alone, in .venv

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO ?= demo
# Its camera: cmos; ccd2, which two amplifiers read; or ccd2_silent, whose headers tell no gain.
DEMO_CAMERA ?= cmos
DEMO_PRESET = $(if $(filter cmos,$(DEMO_CAMERA)),demo,demo_$(DEMO_CAMERA))
JOBS ?= 2

# Snakemake starts Python by its full path, and does not quote it.
ifneq ($(words $(abspath $(VENV))),1)
$(error The path of this folder holds a space, and Snakemake cannot start Python from there. \
Give the environment another place: make VENV=$$HOME/plateworks-venv)
endif

.PHONY: demo test torture lint style types workflow config docs oldest bench accuracy golden venv clean

venv: $(VENV)/.runs

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Plateworks needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runs: requirements.txt constraints.txt | $(VENV)/bin/python
	$(BIN)/pip install -qq --disable-pip-version-check -r requirements.txt -c constraints.txt
	touch $@

$(VENV)/.tests: requirements-dev.txt $(VENV)/.runs
	$(BIN)/pip install -qq --disable-pip-version-check -r requirements-dev.txt -c constraints.txt
	touch $@

# The validator of RO-Crates has an environment of its own: it needs an older rich than Snakemake's.
$(VENV)/crates/.runs: requirements-crates.txt | $(VENV)/bin/python
	$(BIN)/python -m venv $(VENV)/crates
	$(VENV)/crates/bin/pip install -qq --disable-pip-version-check -r requirements-crates.txt
	touch $@

demo: $(VENV)/.runs
	PYTHONPATH=scripts $(BIN)/python -m plateworks.demo make "$(DEMO)" --camera $(DEMO_CAMERA)
	$(BIN)/snakemake --cores $(JOBS) --directory "$(DEMO)" --configfile config/presets/$(DEMO_PRESET).yaml
	PYTHONPATH=scripts $(BIN)/python -m plateworks.demo compare "$(DEMO)" "$(DEMO)/results" --png "$(DEMO)/results/report/comparison.png"

# In the order of their names: whole runs come first, and the unit tests fill the end evenly.
test: $(VENV)/.tests $(VENV)/crates/.runs
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

torture: $(VENV)/.tests
	PYTHONPATH=scripts:tests $(BIN)/python -m torture $(if $(SEED),--seed $(SEED)) $(if $(PAGE),--table $(PAGE))

# A night with everything in it, as small as it can be, in the folder $$night until the line ends.
SMALL_NIGHT = night=$$(mktemp -d) && trap 'rm -rf "$$night"' EXIT && \
	PYTHONPATH=scripts $(BIN)/python -m plateworks.demo make "$$night" --width 96 --height 64

# The parts of lint are the hooks of .pre-commit-config.yaml too.
lint: style types workflow

style: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules

types: $(VENV)/.tests
	$(BIN)/mypy

workflow: $(VENV)/.tests
	$(SMALL_NIGHT) && \
	$(BIN)/snakemake --lint --directory "$$night" --configfile config/presets/demo.yaml

config: $(VENV)/.runs
	PYTHONPATH=scripts $(BIN)/python -m plateworks.settings config
# The oldest Snakemake has an environment of its own, and finds all else in the common one.
OLDEST := $(VENV)/oldest
oldest: $(VENV)/.runs
	$(BIN)/python -m venv $(OLDEST)
	$(BIN)/python -c 'import site; print(site.getsitepackages()[0])' \
		> "$$($(OLDEST)/bin/python -c 'import site; print(site.getsitepackages()[0])')/common.pth"
	$(OLDEST)/bin/pip install -qq --disable-pip-version-check \
		"snakemake==$$(sed -n 's/^min_version("\(.*\)")$$/\1/p' Snakefile).*"
	$(OLDEST)/bin/snakemake --version
	$(SMALL_NIGHT) && \
	$(OLDEST)/bin/snakemake --cores $(JOBS) --directory "$$night" --configfile config/presets/demo.yaml

SOME = $(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick)
bench: $(VENV)/.tests
	$(BIN)/pip install -qq --disable-pip-version-check -r requirements-bench.txt -c constraints.txt
	$(BIN)/python benchmarks/run.py costs $(SOME)

accuracy: $(VENV)/.tests
	$(BIN)/pip install -qq --disable-pip-version-check -r requirements-bench.txt -c constraints.txt
	$(BIN)/python benchmarks/run.py accuracy $(SOME)

docs: $(VENV)/.runs
	$(BIN)/python docs/draw_rooms.py
	$(BIN)/python docs/list_steps.py
	$(BIN)/python docs/list_bounds.py

golden: $(VENV)/.tests
	$(BIN)/python tests/golden/approve.py

clean:
	rm -rf $(VENV) "$(DEMO)" .snakemake
