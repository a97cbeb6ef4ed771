# `make send` shows the app at work, `make check` runs every check. Both install what they need into .venv first.

PYTHON ?= python3
TO ?= 5101112345
MESSAGE ?= Happy Halloween to GV
SENDS ?= 1000
SEED ?= 1
export TO MESSAGE

DEV := .venv/dev
BIN := $(DEV)/bin
INSTALLED := requirements.txt requirements-dev.txt
SOURCES := .

.PHONY: help send connectivity twilio check lint types test format benchmark chaos package picture clean

help:
	@echo "make send [TO=number] [MESSAGE=text]   send a message through the app, on the local SOAR and the local Twilio"
	@echo "make connectivity                      press the asset's test button"
	@echo "make twilio                            serve the local Twilio alone"
	@echo "make check                             format, lint, types, and the tests on every Python of SOAR found here"
	@echo "make format                            put format and imports right"
	@echo "make benchmark                         measure speed (four minutes)"
	@echo "make chaos [SENDS=1000] [SEED=1]       send through a storm of faults and count broken promises"
	@echo "make package                           build the tarball that SOAR installs, into dist/"
	@echo "make picture                           draw the README's picture from a real run"

send: $(DEV)/.installed
	@$(BIN)/python -m sandbox send "$$TO" "$$MESSAGE"

connectivity: $(DEV)/.installed
	@$(BIN)/python -m sandbox connectivity

twilio: $(DEV)/.installed
	@$(BIN)/python -m sandbox twilio

check: lint types test

lint: $(DEV)/.installed
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)

types: $(DEV)/.installed
	$(BIN)/mypy

test:
	PYTHON="$(PYTHON)" .ci/test-on-every-python

format: $(DEV)/.installed
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

benchmark: $(DEV)/.installed
	$(BIN)/python -m benchmarks.speed

chaos: $(DEV)/.installed
	$(BIN)/python -m benchmarks.chaos --sends $(SENDS) --seed $(SEED)

package: $(DEV)/.installed
	$(BIN)/python -m release.build

picture: $(DEV)/.installed
	$(BIN)/python -m sandbox.picture docs/send_message.svg

# One environment a Python: .venv/dev, .venv/3.9, .venv/3.13
.venv/%/.installed: $(INSTALLED)
	$(PYTHON) -m venv .venv/$*
	.venv/$*/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@echo "$(CURDIR)/sandbox/soar/platform" > "$$(.venv/$*/bin/python -c 'import site; print(site.getsitepackages()[0])')/phantom.pth"
	@touch $@

clean:
	rm -rf .venv dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
