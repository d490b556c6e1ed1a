# A skin over `python -m helpers …`; `make help` lists what there is.
PYTHON ?= python3
YEAR ?= 2018
FROM ?=
VENV := .venv
# DATA names a folder outside the clone that holds raw/, processed/ and outputs/.
DATA ?= $(HELPERS_DATA)
export HELPERS_DATA := $(DATA)
RUN := $(VENV)/bin/python -m helpers
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# Once for all: each kernel would otherwise compile it anew where Python may write no such files.
COMPILED := $(VENV)/bin/python -m compileall -q src

.PHONY: help report year check verify sign freeze customers pack lab test prove bench example notebooks clean
.DEFAULT_GOAL := help

help:  ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

report: $(VENV)/.report  ## run a year's chain: make report YEAR=2018
	@$(RUN) report --year $(YEAR)

year: $(VENV)/.report  ## lay out a new year's inputs: make year YEAR=2026 [FROM=2025] [AMENDS=…]
	@$(RUN) year --year $(YEAR) $(if $(FROM),--from $(FROM)) \
	  $(if $(AMENDS),--amends $(AMENDS))

check: $(VENV)/.report  ## one supplier's file without a year: make check FILE=supplier.xlsx [YEAR=2025]
	@$(RUN) check '$(FILE)' $(if $(filter-out file default undefined,$(origin YEAR)),--year $(YEAR))

verify: $(VENV)/.report  ## check every hash and figure again: make verify YEAR=2018 [REBUILD=1]
	@$(RUN) verify --year $(YEAR) $(if $(REBUILD),--rebuild)

sign: $(VENV)/.report  ## sign what is printed: make sign YEAR=2018 ROLE=counsel [NAME="A. Person"]
	@$(RUN) sign --year $(YEAR) --role '$(ROLE)' $(if $(NAME),--name '$(NAME)') \
	  $(if $(CONFORMED),--conformed '$(CONFORMED)') $(if $(NOTE),--note '$(NOTE)') \
	  $(if $(AUTHENTICATION),--authentication '$(AUTHENTICATION)')

freeze: $(VENV)/.report  ## no later run touches it: make freeze YEAR=2018 [FILED=folder ACCESSION=…]
	@$(RUN) freeze --year $(YEAR) $(if $(FILED),--filed '$(FILED)') \
	  $(if $(ACCESSION),--accession '$(ACCESSION)') $(if $(REASON),--reason '$(REASON)')

pack: $(VENV)/.report  ## zip the evidence: make pack YEAR=2018 EDITION=external
	@$(RUN) pack --year $(YEAR) --edition $(or $(EDITION),full)

customers: $(VENV)/.report  ## fill what customers asked for: make customers YEAR=2018
	@$(RUN) customers --year $(YEAR) $(if $(CUSTOMERS),--customers $(CUSTOMERS))

lab: $(VENV)/.lab  ## open JupyterLab on a year's notebooks: make lab YEAR=2026
	@$(RUN) lab --year $(YEAR)

test: $(VENV)/.test  ## run every test
	@$(VENV)/bin/python -m pytest -n logical --dist loadfile --no-loadscope-reorder

prove: $(VENV)/.test  ## the long proofs: coverage, PROOFS changes of each kind (60), mutants, faults, other Pythons
	@$(VENV)/bin/python -m coverage run -m pytest -n logical --dist loadfile --no-loadscope-reorder
	@$(VENV)/bin/python -m coverage combine --quiet && echo "branch coverage: \
	  $$($(VENV)/bin/python -m coverage report --format=total) in 100"
	@PROOFS=$(or $(PROOFS),60) $(VENV)/bin/python -m pytest -q \
	  tests/command/test_prove.py tests/filing/test_mutations.py tests/test_browser.py
	@for each in tests/prove/*.py; do $(VENV)/bin/python $$each || exit 1; done

bench: $(VENV)/.bench  ## measure against what a user would do otherwise
	@$(RUN) bench

example: $(VENV)/.report  ## write the example years again
	@$(VENV)/bin/python -m example

notebooks: $(VENV)/.report  ## run the notebooks on the example year and keep what they show
	@$(VENV)/bin/python tools/refresh_notebooks.py

clean:  ## remove the environment, and empty the cache of what was read
	-@$(VENV)/bin/python -c 'from conflict_minerals.store import cache; cache.clear()'
	rm -rf $(VENV)

# One environment; each command adds what it needs to it and no more. The tests try the cluster and Lab too.
EXTRAS_test := test,dask,lab
EXTRAS_bench := bench,test
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "ERROR Python 3.11 or newer is needed: make PYTHON=python3.12 …"; exit 2; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.report: pyproject.toml constraints.txt | $(VENV)/.made
	@echo "Installing the workbook into $(VENV) …"
	@$(PIP) -e .
	@$(COMPILED)
	@touch $@

$(VENV)/.lab $(VENV)/.test $(VENV)/.bench: $(VENV)/.%: pyproject.toml constraints.txt | $(VENV)/.made
	@echo "Installing the workbook with its $* packages into $(VENV) …"
	@$(PIP) -e '.[$(or $(EXTRAS_$*),$*)]'
	@$(COMPILED)
	@touch $@ $(VENV)/.report
