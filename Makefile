# `make send` shows the app at work, `make check` runs every check. Both install what they need into .venv first.

TO ?= 5101112345
MESSAGE ?= Happy Halloween to GV
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
SEED ?= 1
LOG ?=

# What a person gives reaches the programs as it is: make expands no $ in it, and the shell sees it as a variable only
GIVEN := TO MESSAGE QUESTION ANSWER KEY ATTEMPTS ACKNOWLEDGE INPUT SENDS QUESTIONS CALLS TEXTS SEED LOG TESTS PYTHONS PYTHON
$(foreach name,$(GIVEN),$(eval override $(name) := $$(value $(name))))
export $(GIVEN)

# Modules are run from this folder, also in a shell that keeps the current folder off Python's path
unexport PYTHONSAFEPATH

# The Python of development. Name one of your own that has the packages of requirements-dev.txt, and it is used as it is.
ifdef DEV_PYTHON
environment:
else
DEV_PYTHON := .venv/dev/bin/python
environment:
	@bash .ci/environment dev
endif
# in quotes, because its folder may have any name
RUN := '$(subst ','\'',$(value DEV_PYTHON))' -m

.PHONY: help environment send ask call connectivity run twilio phone check lint types test test-oldest coverage format benchmark chaos chaos-questions chaos-calls chaos-texts package picture readme hooks clean

help:
	@echo 'make send [TO=number] [MESSAGE=text]           send a message through the app, on the local SOAR and the local Twilio'
	@echo 'make ask [TO=number] [QUESTION=text]           ask a question and answer it in the browser; ANSWER=yes answers by itself'
	@echo 'make call [TO=number] [MESSAGE=text]           call, answer and press 1 in the browser; KEY=1 answers and presses by itself'
	@echo 'make call KEY=decline ACKNOWLEDGE=no           any key, or voicemail, decline, no-answer; a call that asks for no key'
	@echo 'make call ATTEMPTS=3                           call again where nobody answers, or nobody presses 1'
	@echo 'make connectivity                              press the test button of the asset'
	@echo 'make run [INPUT=file]                          run the saved input JSON of an action, such as those in sandbox/inputs'
	@echo 'make twilio                                    serve the local Twilio alone'
	@echo 'make phone                                     show the phones of the people written to and called in the browser'
	@echo 'make check                                     format, lint, types, and all tests'
	@echo 'make lint, make types                          these alone'
	@echo 'make test                                      the tests, on every Python of SOAR found here'
	@echo 'make test TESTS="FILE -k NAME -x"              some of them, with any options of pytest; PYTHONS=3.13 for that one alone'
	@echo 'make test-oldest                               the tests of the transport, with the oldest packages the platform may have'
	@echo 'make coverage                                  all tests on one Python, and which lines they never run'
	@echo 'make format                                    put format and imports right'
	@echo 'make benchmark                                 measure speed (five minutes)'
	@echo 'make chaos [SENDS=1000] [SEED=1]               inject faults into sends and count broken promises'
	@echo 'make chaos SEED=1000007 LOG=file               play one of its simulations again, with every call and result'
	@echo 'make chaos-questions [QUESTIONS=500] [SEED=1]  the same for questions and their answers'
	@echo 'make chaos-calls [CALLS=500] [SEED=1]          the same for calls'
	@echo 'make chaos-texts [TEXTS=3000] [SEED=1]         the same for texts that become containers'
	@echo 'make package                                   build the tarball that SOAR installs, into dist/'
	@echo 'make picture                                   draw the pictures that the README shows: a real run, the phones, a conversation, an escalation'
	@echo 'make readme                                    make README.md of twilio.json and manual_readme_content.md'
	@echo 'make hooks                                     let each commit run the checks of the publisher'
	@echo 'make clean                                     remove what these commands made'
	@echo
	@echo 'The first command installs what it needs into .venv. PYTHON=path: of this Python instead of the best one found.'
	@echo 'More about the local SOAR and the local Twilio: .venv/dev/bin/python -m sandbox --help'

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

package: environment
	@$(RUN) release.build

picture: environment
	@$(RUN) sandbox.picture docs/send_message.svg
	@$(RUN) sandbox.phone_picture docs
	@$(RUN) sandbox.messages_picture docs
	@$(RUN) sandbox.escalation_picture docs/escalation.svg

readme: environment
	@$(RUN) release.readme

hooks: environment
	@$(RUN) pre_commit install

clean:
	rm -rf .venv dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
