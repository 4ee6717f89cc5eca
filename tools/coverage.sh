#!/bin/sh
# What gcovr says of the C tests in a build folder of the preset coverage: a table, the same as pages in
# <build folder>/coverage/, and a failure below 95 % of the lines or 85 % of the branches.
#
#   sh tools/coverage.sh <build folder>         needs gcovr (Debian: apt-get install gcovr)
set -eu
build=$1
status=0
command -v gcovr > /dev/null || { echo "coverage: gcovr is missing. As root: apt-get install -y gcovr"; exit 1; }
mkdir -p "$build/coverage"
# vss0.so is the same sources once more: gcc lays its lines out a little otherwise.
gcovr --root . --object-directory "$build" --filter src/ --filter wasm/ \
  --exclude-directories '.*vss0\.dir.*' \
  --json "$build/coverage/lines.json" --html-details "$build/coverage/index.html" \
  --txt --print-summary --fail-under-line 95 --fail-under-branch 85 "$build" || status=$?
node tools/check-uncovered.mjs "$build/coverage/lines.json" || status=$?
exit $status
