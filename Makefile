# `make app` and `make test` do all their own set-up on a fresh machine.
VENV := .venv
PYTHON := $(VENV)/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Node.js comes with the development requirements.
NPM := PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm

.PHONY: app test test-slow lint types style scripts train evaluate hub screenshots static space replicas browser other-browsers proxy dataset clean

app: $(VENV)/app
	$(PYTHON) app.py

# Two processes of tests; one thread each, for theirs would wait for one another. In the order of the folders, for
# else the files with few and slow tests come last, and one process waits for the other.
test: lint browser dataset
	$(NPM) test
	OMP_NUM_THREADS=1 $(PYTHON) -m pytest -m "not slow" -n 2 --dist loadfile --no-loadscope-reorder

# What builds, exports, trains in several processes, fills a disk, or starts servers or other browsers.
test-slow: browser other-browsers proxy dataset
	$(PYTHON) -m pytest -m slow

# mypy takes as long as all the rest, which need not wait for it.
lint: $(VENV)/dev node_modules
	@$(MAKE) --no-print-directory -j 2 types style scripts

# Gradio writes a stub beside a module with a component, of the day when it first ran; mypy would read it instead.
types: $(VENV)/dev
	find autoencoder -name '*.pyi' -delete
	$(VENV)/bin/mypy

style: $(VENV)/dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/hadolint Dockerfile

scripts: node_modules
	$(NPM) run lint

train: $(VENV)/app
	$(PYTHON) -m autoencoder.train

evaluate: $(VENV)/app
	$(PYTHON) -m autoencoder.evaluate

# Each model with its card to the Hub: `make hub REPO=user/garment`, with DRY_RUN=1 only the list of files.
hub: $(VENV)/app
	@test -n "$(REPO)" || { echo "Say where to: make hub REPO=user/garment"; exit 2; }
	@set -e; for config in weights/*/config.json; do \
	  folder=$$(dirname "$$config"); target="$(REPO)-$$(basename "$$folder")"; \
	  if [ -n "$(DRY_RUN)" ]; then find "$$folder" -type f | sort | sed "s|^$$folder|$$target|"; \
	  else $(VENV)/bin/hf upload "$$target" "$$folder" . --repo-type model; fi; \
	done

screenshots: $(VENV)/dev browser
	$(PYTHON) -m docs.screenshots

# The page as files for any web server, in build/static/: it needs no server of its own.
static: $(VENV)/app
	rm -rf build/static
	$(PYTHON) -m deploy.static_site

# make space SPACE=you/garment [SDK=docker or static]; with DRY=--dry-run the files are only listed.
space: $(VENV)/app
	$(PYTHON) -m deploy.space "$(SPACE)" --sdk "$(or $(SDK),gradio)" $(DRY)

# All tests of the page against two processes behind nginx.
replicas: browser proxy
	$(PYTHON) -m benchmarks.replicas

# A system Chromium if there is one, else apt's as root, else Playwright's own.
browser: $(VENV)/dev
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	     && apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q chromium; } \
	|| $(PYTHON) -m playwright install --with-deps chromium

# Firefox and WebKit, apt's as root; without them their tests are skipped, except on CI.
other-browsers:
	@command -v firefox-esr >/dev/null && command -v WebKitWebDriver >/dev/null && command -v Xvfb >/dev/null \
	|| [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null \
	|| { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q firefox-esr webkit2gtk-driver xvfb; }

# nginx, for the tests of several processes and of a sub-path.
proxy:
	@PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	     && apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q nginx-light; } \
	|| { echo "Install nginx: its tests need it." >&2; exit 1; }

# Where it is found, else apt's as root, else downloaded into data/.
dataset: $(VENV)/dev
	@$(PYTHON) -c "import sys; from autoencoder.data import loading; sys.exit(loading.find() is None)" \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	     && apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q dataset-fashion-mnist; } \
	|| $(PYTHON) -c "from autoencoder.data import loading; loading.load()"

$(VENV)/app: requirements.txt
	python3 -m venv $(VENV)
	$(PYTHON) -m pip install -q -r requirements.txt
	@touch $@

$(VENV)/dev: requirements-dev.txt $(VENV)/app
	$(PYTHON) -m pip install -q -r requirements-dev.txt
	@touch $@

# The tools that check the page's scripts.
node_modules: package.json $(VENV)/dev
	$(NPM) install --no-package-lock --no-audit --no-fund --loglevel=error
	@touch $@

# Not all of build/: people's own models lie there.
clean:
	rm -rf $(VENV) node_modules build/static .pytest_cache .mypy_cache .ruff_cache
