#!/bin/bash
# Removes what builds and runs made in this checkout.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

"$ROOT/scripts/stop.sh"
rm -rf "${RUN:?}" "$ROOT/dev.env"
find "$ROOT" -name target -type d -not -path '*/node_modules/*' -not -path '*/src/*' -prune -exec rm -rf {} +
say "removed run/, dev.env and all build output"
