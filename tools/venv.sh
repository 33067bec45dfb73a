#!/bin/sh
# venv.sh PYTHON VENV: make or refresh the virtual environment from requirements.lock.
set -eu
python=$1 venv=$2
if ! "$python" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Python 3.11 or newer is needed; '$python' is not. Install it, or run: make PYTHON=/path/to/python3.11 ..." >&2
    exit 3
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "python$version-venv" >/dev/null
    else
        echo "Python lacks the venv module. Ask an administrator to run:  apt-get install python$version-venv" >&2
        exit 3
    fi
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
echo "Installing the locked Python packages into $venv (a minute or two the first time) ..." >&2
# The lock is complete: --no-deps keeps pip from asking again for what the lock leaves out on purpose.
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock; then
    echo "Installing failed. Check that this machine reaches a Python package index (or a mirror named in pip.conf), then run the same command again." >&2
    exit 3
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
