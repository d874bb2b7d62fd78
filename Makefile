# One verb a chore. Each makes what it needs first, so a fresh clone needs no preparing by hand.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help demo test soak lint bench lock secrets clean assets strings screenshots browser system

export UV_PYTHON_DOWNLOADS := never
export UV_LINK_MODE := copy
# Where this is set, each of the hundreds of processes of a test run compiles everything that it imports.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
LOCKS := config/requirements
WORKERS ?= 2
ROOMS := connectors rules worker tests

help: ## list the chores
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: .venv/.ready browser assets ## the whole thing against simulated platforms (ONCE=1 one round, DATA=folder keeps it, SEED=7, REALITY=on)
	@exec $(BIN)/upstander demo $(if $(ONCE),--once) $(if $(DATA),--data $(DATA)) $(if $(SEED),--seed $(SEED)) $(if $(REALITY),--reality $(REALITY))

test: .venv/.ready system assets lint ## lint, then every test but the full-size ones
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

soak: .venv/.ready system assets ## the full-size versions of what make test runs reduced
	@$(BIN)/python -m pytest -m soak --timeout 0 $(ARGS)

lint: .venv/.ready ## ruff, mypy --strict, the import order, the house rules
	@failed=""
	$(BIN)/ruff check --output-format concise $(ROOMS) || failed+=" ruff-check"
	$(BIN)/ruff format --quiet --check $(ROOMS) || failed+=" ruff-format"
	$(BIN)/mypy $(ROOMS) || failed+=" mypy"
	$(BIN)/lint-imports --no-logo || failed+=" import-linter"
	$(BIN)/python -m pytest -q tests/unit/test_house.py || failed+=" house-rules"
	[ -z "$$failed" ] || { echo "Lint failed:$$failed" >&2; exit 1; }

bench: .venv/.ready system assets ## how fast it is, and against what
	@$(BIN)/python -m tests.bench $(ARGS)

lock: .venv/.ready ## refresh the locks in config/requirements from pyproject.toml (UPGRADE=1 for newer versions)
	@compile() { $(BIN)/uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 $(if $(UPGRADE),--upgrade) "$$@"; }
	compile pyproject.toml --group dev -o $(LOCKS)/dev.txt
	compile pyproject.toml -c $(LOCKS)/dev.txt -o $(LOCKS)/run.txt
	compile --group pyproject.toml:train -c $(LOCKS)/run.txt -o $(LOCKS)/train.txt
	compile --group pyproject.toml:tools -o $(LOCKS)/tools.txt

strings: .venv/.ready ## collect the review site's words for translators: worker/web/locale/upstander.pot
	@$(BIN)/python -m tests.unit.web.words

screenshots: .venv/.ready system assets ## take pictures of every page, from the simulated platforms: docs/site
	@$(BIN)/python -m tests.e2e.screenshots $(ARGS)

secrets: ## invent the passwords that docker-compose.yml reads, where there are none yet
	@bash config/docker/make-secrets.sh config/secrets

clean: ## remove what the other chores made; data under var/ stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist *.egg-info
	find $(ROOMS) -name __pycache__ -type d -prune -exec rm -rf {} +

# The virtual environment: the first Python of 3.11 or later, the pinned installer, then the locked packages.
.venv/.ready: pyproject.toml $(LOCKS)/dev.txt $(LOCKS)/tools.txt
	@as_root() { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; }
	find_python() {
	  local name
	  for name in $${PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3; do
	    if "$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
	      echo "$$name"
	      return
	    fi
	  done
	  return 1
	}
	if ! [ -x $(BIN)/python ] || ! [ -x $(BIN)/pip ]; then
	  if ! find_python >/dev/null && as_root; then
	    echo "Installing python3 and python3-venv with apt"
	    apt-get -qq update
	    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends python3 python3-venv >/dev/null
	  fi
	  python="$$(find_python)" || {
	    echo "Upstander needs Python 3.11 or later with its venv module." >&2
	    echo "On Debian 12: sudo apt-get install python3 python3-venv" >&2
	    echo "Elsewhere: install Python 3.11 and name it, as in: make PYTHON=/path/to/python3.11 test" >&2
	    exit 1
	  }
	  "$$python" -m venv .venv
	fi
	# One locked package, the perceptual hash, comes as C++ source only.
	can_compile() {
	  local headers
	  headers="$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("include"))')"
	  command -v g++ >/dev/null && [ -e "$$headers/Python.h" ]
	}
	if ! can_compile && as_root; then
	  echo "Installing g++ and python3-dev with apt"
	  apt-get -qq update
	  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends g++ python3-dev >/dev/null
	fi
	can_compile || echo "If compiling fails below: sudo apt-get install g++ python3-dev (the headers of $$($(BIN)/python -V))" >&2
	echo "Installing the locked packages into .venv"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCKS)/tools.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $(LOCKS)/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	touch $@

# The review site's style sheets and scripts, by npm; they are installed, never committed.
assets: worker/web/vendored/.ready

worker/web/vendored/.ready: config/assets/package-lock.json worker/web/assets.py .venv/.ready
	@$(INSTALL)
	command -v npm >/dev/null || install_packages npm
	command -v npm >/dev/null || { echo "The review site's style sheets need npm: sudo apt-get install npm" >&2; exit 1; }
	echo "Installing the review site's style sheets and scripts"
	npm ci --prefix config/assets --ignore-scripts --no-audit --no-fund --silent
	$(BIN)/python -m worker.web.assets config/assets/node_modules worker/web/vendored
	touch $@

# Installs Debian packages where that is possible, and says what is missing where it is not.
define INSTALL
install_packages() {
  [ -n "$$*" ] || return 0
  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing with apt: $$*"
    apt-get -qq update || true
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$$@" >/dev/null && return 0
  fi
  echo "Not installed: $$*" >&2
  echo "On Debian: sudo apt-get install $$*" >&2
}
endef

# What capturing live pages and making PDFs uses beside Python: a browser, a text shaper, fonts.
browser:
	@$(INSTALL)
	packages=()
	PATH="$$PATH:/usr/sbin:/sbin" # where ldconfig is, which only root finds by itself
	command -v chromium >/dev/null || packages+=(chromium)
	ldconfig -p 2>/dev/null | grep -q libpangoft2-1.0 || packages+=(libpango-1.0-0 libpangoft2-1.0-0)
	ldconfig -p 2>/dev/null | grep -q libharfbuzz-subset || packages+=(libharfbuzz-subset0)
	[ -d /usr/share/fonts/truetype/liberation ] || packages+=(fonts-liberation)
	[ -e /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf ] || packages+=(fonts-noto-color-emoji)
	command -v openssl >/dev/null || packages+=(openssl)
	install_packages "$${packages[@]}"

# What the tests use beside Python. PostgreSQL comes with the locked packages; a Debian one is used where it is.
# What is missing is skipped; with CI=true that is a failure.
system: browser
	@$(INSTALL)
	packages=()
	command -v redis-server >/dev/null || packages+=(redis-server)
	command -v docker-compose >/dev/null || docker compose version >/dev/null 2>&1 || packages+=(docker-compose)
	install_packages "$${packages[@]}"
