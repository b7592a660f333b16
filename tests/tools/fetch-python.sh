#!/bin/sh
# Fetches programs for tests and checks from Python's registry into .tools/NAME of the workspace, a virtual environment of its own, in
# the versions of NAME/requirements.txt beside this file. Quick where they are there already. Prints the folder of the programs.
set -eu

name=${1:?"which: s3, deny or duckdb"}
here=$(cd "$(dirname "$0")" && pwd)
wanted="$here/$name/requirements.txt"
tools="$here/../../.tools"
place="$tools/$name"

if cmp -s "$wanted" "$place/requirements.txt"; then
    cd "$place/bin" && pwd
    exit 0
fi
python3 -c 'import venv, ensurepip' 2>/dev/null || {
    echo "python3 with venv is missing: install it (Debian: apt-get install python3-venv)" >&2
    exit 1
}

mkdir -p "$tools"
# One at a time: several test programs may start together.
exec 9>"$tools/$name.lock"
flock 9
if ! cmp -s "$wanted" "$place/requirements.txt"; then
    python3 -m venv --clear "$place"
    "$place/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --requirement "$wanted" >&2
    # Last, as the sign that all is there.
    cp "$wanted" "$place/requirements.txt"
fi
cd "$place/bin" && pwd
