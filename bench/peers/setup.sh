#!/bin/sh
# Makes the Python environments of the peers in .scratch, where run.ts looks for them. Python 3.11 or newer.
#
#   bench/peers/setup.sh              implicit, LensKit and NumPy, in .scratch/peers-venv
#   bench/peers/setup.sh rectools     RecTools with PyTorch, which needs an older NumPy, in .scratch/peers-venv-rectools
set -eu
here=$(cd "$(dirname "$0")" && pwd)
name=${1:-}
venv="$here/../../.scratch/peers-venv${name:+-$name}"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --requirement "$here/requirements${name:+-$name}.txt"
[ -n "$name" ] ||
"$venv/bin/python" -c 'import implicit, lenskit; print("implicit", implicit.__version__, "lenskit", lenskit.__version__)'
