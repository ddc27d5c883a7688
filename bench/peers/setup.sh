#!/bin/sh
# Makes the Python environment of the peers:  bench/peers/setup.sh [directory]
# Python 3.11 or newer; the directory defaults to .scratch/peers-venv, where run.ts looks for it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${1:-"$here/../../.scratch/peers-venv"}
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
"$venv/bin/python" -c 'import implicit, lenskit; print("implicit", implicit.__version__, "lenskit", lenskit.__version__)'
