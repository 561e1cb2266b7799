#!/bin/bash
# Builds what the benchmarks need and runs them: platforms of their own, real capsules, and simulated ones. Arguments: names of benchmarks.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
"$ROOT/scripts/build.sh"
use_jdk
say "benchmarks"
(cd "$ROOT" && mvn -B -ntp -q -DskipTests -pl itests/bench,itests/sim-driver -am package)
exec "$ROOT/itests/bench/run.sh" "$@"
