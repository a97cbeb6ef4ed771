# `make send` shows the app at work, `make check` runs every check. Both install what they need into .venv first.

TO ?= 5101112345
MESSAGE ?= Happy Halloween to GV
PEOPLE ?= 5101110001, 5101110002, 5101110003
ALERT ?= Ransomware on DC-01
QUESTION ?= Isolate host WS-0417?
ANSWER ?=
KEY ?=
ATTEMPTS ?= 1
ACKNOWLEDGE ?= yes
INPUT ?= sandbox/inputs/send_text.json
SENDS ?= 1000
QUESTIONS ?= 500
CALLS ?= 500
TEXTS ?= 3000
PAGES ?= 500
SEED ?= 1
LOG ?=

# What a person gives reaches the programs as it is: make expands no $ in it, and the shell sees it as a variable only
GIVEN := TO MESSAGE PEOPLE ALERT QUESTION ANSWER KEY ATTEMPTS ACKNOWLEDGE INPUT SENDS QUESTIONS CALLS TEXTS PAGES SEED LOG TESTS PYTHONS PYTHON
$(foreach name,$(GIVEN),$(eval override $(name) := $$(value $(name))))
export $(GIVEN)

# Modules are run from this folder, also in a shell that keeps the current folder off Python's path
unexport PYTHONSAFEPATH

COMMANDS := help send ask call page poll connectivity run twilio phone check lint types test test-oldest coverage format benchmark chaos chaos-questions chaos-calls chaos-texts chaos-pages package picture readme hooks clean
.PHONY: environment $(COMMANDS)
.DEFAULT_GOAL := help

# A slip of the pen must not send the default text to the default number
strangers := $(filter-out environment $(COMMANDS),$(MAKECMDGOALS))
ifneq ($(strangers),)
$(error There is no command "$(strangers)". What a command is to use is given by name: make send TO=5101112345 MESSAGE="hello")
endif
strangers := $(filter-out DEV_PYTHON,$(foreach name,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(name)))),$(name))))
ifneq ($(strangers),)
$(error There is no variable "$(strangers)". These can be given: $(GIVEN) DEV_PYTHON)
endif

# The Python of development. Name one of your own that has the packages of requirements-dev.txt, and it is used as it is.
ifdef DEV_PYTHON
environment:
	@$(PYTHON_OF_DEVELOPMENT) -c 'import importlib.util as u; [u.find_spec(name).name for name in ("bs4", "flask", "phonenumbers", "requests")]' 2>/dev/null || { \
	  echo 'DEV_PYTHON does not start, or lacks packages of requirements-dev.txt. Leave it out, or install them with' >&2; \
	  echo 'its own -m pip install -r requirements-dev.txt' >&2; exit 2; }
else
DEV_PYTHON := .venv/dev/bin/python
environment:
	@bash .ci/environment dev
endif
# in quotes, because its folder may have any name
PYTHON_OF_DEVELOPMENT = '$(subst ','\'',$(value DEV_PYTHON))'
RUN = $(PYTHON_OF_DEVELOPMENT) -m

define HELP
Try the app, on a local SOAR and a local Twilio
  make send             send a message         TO=number MESSAGE=text
  make ask              ask a question, and answer it in the browser
                                               TO=number QUESTION=text
  make ask ANSWER=yes   the same, and the answer comes by itself
  make call             call somebody, and answer and press 1 in the browser
                                               TO=number MESSAGE=text
  make call KEY=1       the same, and the key is pressed by itself; or KEY=21,
                        KEY=voicemail, KEY=decline, KEY=no-answer
                                               ATTEMPTS=3 ACKNOWLEDGE=no
  make page             page people on call, one of whom takes the alert in the
                        browser                PEOPLE=numbers ALERT=text
  make poll             text and send pictures from the phones in the browser,
                        and see the containers and files that they become
  make connectivity     press the test button of the asset
  make run              run a saved input, such as those in sandbox/inputs
                                               INPUT=file
  make twilio           serve the local Twilio alone
  make phone            serve it, and send from the keyboard to the phones
                        in the browser

Check it
  make check            format, lint, types and all tests
  make lint             format and lint alone
  make types            types alone
  make test             the tests, on each of SOAR's Pythons installed here
                        TESTS="FILE -k NAME -x" PYTHONS=3.13
  make test-oldest      the tests of the transport, with the oldest packages
                        that the platform may have
  make coverage         the tests on one Python, and which lines they miss
  make format           correct format and imports

Measure it
  make benchmark        measure speed (five minutes)
  make chaos            send messages with faults injected, and count broken
                        promises               SENDS=1000 SEED=1
                        SEED=1000007 LOG=file plays one simulation again
  make chaos-questions  the same for questions QUESTIONS=500 SEED=1 LOG=
  make chaos-calls      the same for calls     CALLS=500 SEED=1 LOG=
  make chaos-texts      the same for texts     TEXTS=3000 SEED=1 LOG=
  make chaos-pages      the same for on-call pages
                                               PAGES=500 SEED=1 LOG=

Release it
  make readme           generate README.md from twilio.json and the part that
                        is written by hand
  make picture          draw the pictures of the README (needs Chromium)
  make package          build the tarball that SOAR installs, into dist/
  make hooks            run the publisher's checks with each commit
  make clean            remove what these commands made

The first command installs what it needs into .venv; PYTHON=path installs for
that Python. More: .venv/dev/bin/python -m sandbox --help
endef

help:
	$(info $(HELP))@:

send: environment
	@$(RUN) sandbox send -- "$$TO" "$$MESSAGE"

connectivity: environment
	@$(RUN) sandbox connectivity

run: environment
	@$(RUN) sandbox run -- "$$INPUT"

twilio: environment
	@$(RUN) sandbox twilio

ask: environment
	@$(RUN) sandbox ask --answer="$$ANSWER" -- "$$TO" "$$QUESTION"

call: environment
	@$(RUN) sandbox call --key="$$KEY" --attempts="$$ATTEMPTS" --acknowledge="$$ACKNOWLEDGE" -- "$$TO" "$$MESSAGE"

page: environment
	@$(RUN) sandbox page -- "$$PEOPLE" "$$ALERT"

poll: environment
	@$(RUN) sandbox poll

phone: environment
	@$(RUN) sandbox phone

check: lint types test-oldest test

lint: environment
	$(RUN) ruff format --check .
	$(RUN) ruff check .

types: environment
	$(RUN) mypy

test-oldest:
	@bash .ci/test-oldest

test:
	@bash .ci/test

coverage: environment
	$(RUN) pytest -n 4 --dist loadgroup --cov --cov-report=term

format: environment
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

benchmark: environment
	@$(RUN) benchmarks.speed --picture docs/speed.svg

chaos: environment
	@$(RUN) benchmarks.chaos_messages --sends "$$SENDS" --seed "$$SEED" --log "$$LOG"

chaos-questions: environment
	@$(RUN) benchmarks.chaos_questions --questions "$$QUESTIONS" --seed "$$SEED" --log "$$LOG"

chaos-calls: environment
	@$(RUN) benchmarks.chaos_calls --calls "$$CALLS" --seed "$$SEED" --log "$$LOG"

chaos-texts: environment
	@$(RUN) benchmarks.chaos_texts --texts "$$TEXTS" --seed "$$SEED" --log "$$LOG"

chaos-pages: environment
	@$(RUN) benchmarks.chaos_pages --pages "$$PAGES" --seed "$$SEED" --log "$$LOG"

package: environment
	@$(RUN) release.build

picture: environment
	@$(RUN) sandbox.phone_picture docs
	@$(RUN) sandbox.messages_picture docs
	@$(RUN) sandbox.picture docs/send_message.svg
	@$(RUN) sandbox.page_picture docs/page_on_call.svg
	@$(RUN) sandbox.escalation_picture docs/escalation.svg

readme: environment
	@$(RUN) release.readme

hooks: environment
	@$(RUN) pre_commit install

clean:
	rm -rf .venv dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
