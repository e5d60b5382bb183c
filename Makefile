# Two commands do everything: `make demo` and `make test`. They bring their own tools.
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& echo $$p && break; done)
BIN := .venv/bin
CORES ?= all
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)
export MPLBACKEND := Agg

.PHONY: demo demo-pair prove-pair demo-mouse prove-mouse prove-groups label proofread explore real gpu test test-unit test-integration test-browser test-faults test-slurm soak lint docs bench bench-gpu bench-peers lock clean

.venv/ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11-3.13 found; install one or run make PYTHON=/path/to/python3"; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

gpu: .venv/ready  ## the same versions with CUDA, some GB (Linux with an NVIDIA driver)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-gpu.lock
	$(BIN)/leap doctor

# $(1) dataset, $(2) options: figures, then the report if any figure is newer than it
define run
	$(SNAKEMAKE) figures $(2)
	@test -n "$$(find results/$(1)/figures -type f -newer results/$(1)/report.html 2>&1)" || \
		{ echo "results/$(1)/report.html is up to date"; exit 0; }; \
	$(SNAKEMAKE) figures $(2) --report results/$(1)/report.html && \
	echo "done: open results/$(1)/report.html"
endef

demo: .venv/ready  ## synthetic flies: raw video to figures and report
	$(call run,demo,)

demo-pair: .venv/ready  ## two courting flies on a mesh, raw video to figures and report
	$(call run,demo_pair,--configfile config/demo_pair.yaml)

prove-pair: .venv/ready  ## three further pairs through recipe mesh: who is who, and heading
	$(BIN)/python benchmarks/pairs.py

demo-mouse: .venv/ready  ## a mouse on glass from below, raw video to figures and report
	$(call run,demo_mouse,--configfile config/demo_mouse.yaml)

prove-mouse: .venv/ready  ## three further mice through recipe mouse_below: heading and tail base
	$(BIN)/python benchmarks/mice.py

prove-groups: .venv/ready  ## 2,000 simulated comparisons of groups: false finds, power, intervals
	$(BIN)/python benchmarks/groups.py

label: .venv/ready  ## try the labeling page on the demo's frames; the demo itself stays as it is
	$(SNAKEMAKE) results/demo/sampling/frames.h5
	$(BIN)/leap label --config config/config.yaml --labels labels/practice

proofread: .venv/ready  ## try the page of tracks on the demo's; the demo itself stays as it is
	$(SNAKEMAKE) alignment
	$(BIN)/leap proofread --config config/config.yaml --labels labels/practice

explore: .venv/ready  ## try the page of the map on the demo's; the demo itself stays as it is
	$(SNAKEMAKE) results/demo/explore.html
	$(BIN)/leap explore --config config/config.yaml --labels labels/practice

real: .venv/ready  ## public fly footage and labels, by $$LEAP_DATA or download
	$(call run,fly_leap,--configfile config/fly_leap.yaml)

# .ci/run sets TIMED=.ci/timed, which writes down what each part takes
timed = $(if $(TIMED),$(TIMED) $(1))
test: .venv/ready  ## lint, doctests, unit and integration tests
	@$(call timed,lint) $(MAKE) --no-print-directory lint
	@$(call timed,unit) $(MAKE) --no-print-directory test-unit
	@$(call timed,integration) $(MAKE) --no-print-directory test-integration

# a file stays with one worker, which shares its fixtures; in order: xdist would put the few long
# tests of real footage last
test-unit: .venv/ready
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --doctest-modules leap_core tests/unit \
		--ignore=tests/unit/web

# a file of tests per core: much of a run waits for one program to start
test-integration: .venv/ready
	$(BIN)/python -m pytest tests/integration -n 2 --dist loadfile

test-browser: .venv/ready  ## the labeling page in Chromium, its server and its trainings
	$(BIN)/python -m pytest tests/browser tests/unit/web -n 2 --dist loadfile

# the longest test first: last, it would keep one core idle
FIRST := tests/faults/test_memory.py tests/faults/test_identical.py
test-faults: .venv/ready  ## kills, full disks, damaged files, experiments: real runs, compared byte by byte
	$(BIN)/python -m pytest $(FIRST) $(filter-out $(FIRST),$(wildcard tests/faults/test_*.py)) \
		-n 2 --dist loadfile --no-loadscope-reorder

soak: .venv/ready  ## the same with more kills, one after the other
	LEAP_KILLS=20 $(BIN)/python -m pytest tests/faults tests/unit/web/test_never_lost.py

test-slurm: .venv/ready  ## the workflow on a real Slurm of one node that the tests start (root)
	$(BIN)/python -m pytest tests/slurm

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check workflow
	$(BIN)/snakemake --lint --quiet

docs: .venv/ready  ## the pages as a site with search, in build/site
	$(BIN)/mkdocs build --strict --quiet

bench: .venv/ready  ## measure; every script prints a table
	$(BIN)/python benchmarks/spectrogram.py
	$(BIN)/python benchmarks/projection.py
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/planning.py
	$(BIN)/python benchmarks/tracking.py
	$(BIN)/python benchmarks/inference.py
	$(BIN)/python benchmarks/training_step.py
	$(BIN)/python benchmarks/end_to_end.py
	$(BIN)/python benchmarks/feeding.py
	$(BIN)/python benchmarks/crop_codecs.py
	$(BIN)/python benchmarks/per_frame.py
	$(BIN)/python benchmarks/label_server.py
	$(BIN)/python benchmarks/proofread_server.py

bench-gpu: .venv/ready  ## the network on the device that TensorFlow sees, over batch sizes
	$(BIN)/python benchmarks/gpu.py

bench-peers: .venv/ready  ## accuracy beside SLEAP and Lightning Pose in the same time (needs the fly labels)
	$(BIN)/python benchmarks/peers.py

lock:  ## resolve the pins again (needs uv)
	uv pip compile pyproject.toml --extra workflow --extra dev --extra docs --generate-hashes \
		--no-emit-index-url --universal --python-version 3.11 --upgrade -o requirements.lock
	uv pip compile pyproject.toml --extra workflow --extra dev --extra docs --extra gpu --generate-hashes \
		--no-emit-index-url --universal --python-version 3.11 --upgrade -c requirements.lock \
		-o requirements-gpu.lock

clean:
	rm -rf results .snakemake
