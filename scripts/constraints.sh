#!/bin/sh
# Writes constraints.txt anew: the exact versions that a fresh environment gets today.
# Use: make constraints (then run make test, and commit the file with the reason).
set -eu
cd "$(dirname "$0")/.."
python=
for each in "$@"; do
    if "$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$each
        break
    fi
done
[ -n "$python" ] || { echo "no Python 3.11 or newer among: $*" >&2; exit 1; }
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
"$python" -m venv "$fresh/venv"
"$fresh/venv/bin/python" -m pip install -qq --disable-pip-version-check --editable ".[cluster,dev,serve,web]"
{
    echo "# Exact versions of everything vsm, its extras and its checks install."
    echo "# Made by 'make constraints'; see CHANGELOG.md when a version matters to users."
    "$fresh/venv/bin/python" -m pip freeze --exclude-editable | LC_ALL=C sort -f
} > constraints.txt.new
mv constraints.txt.new constraints.txt
