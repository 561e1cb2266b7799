#!/bin/bash
# Runs the benchmarks of itests/bench on the running platform.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

bench="$ROOT/itests/bench/run.sh"
[[ -x "$bench" ]] || fail "there is no $bench: this checkout has no benchmarks."
exec "$bench" "$@"
