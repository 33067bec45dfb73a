#!/bin/sh
# Renew requirements.lock for every supported Python, with hashes and without any address.
set -eu
command -v uv >/dev/null 2>&1 || { echo "uv is needed for this: pip install uv" >&2; exit 3; }
uv pip compile --universal --python-version 3.11 --generate-hashes --all-extras \
    --no-emit-index-url --no-emit-find-links --no-header --quiet \
    --output-file requirements.lock pyproject.toml "$@"
if grep -nE 'https?://|file:' requirements.lock; then
    echo "requirements.lock must not hold addresses" >&2
    exit 1
fi
