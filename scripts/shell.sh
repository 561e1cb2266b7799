#!/bin/bash
# shell.sh [COMMAND]: the Karaf shell of the running platform, or one command in it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
use_jdk

[[ -n "$(karaf_pid)" ]] || fail "nothing runs in $RUN: start it with  make dev"
login=(-h 127.0.0.1 -a "$WRENN_SSH_PORT" -u admin -k "$WRENN_DIR/karaf/shell-key")
if [[ -z "${1:-}" ]]; then
    exec "$KARAF/bin/client" "${login[@]}"
fi

# The client hangs up at the end of its input, even when the command still runs: an input that never ends avoids that.
pipe="$(mktemp -u "$WRENN_DIR/karaf/tmp/shell.XXXXXX")"
mkfifo -m 0600 "$pipe"
trap 'rm -f "$pipe"' EXIT
exec 3<>"$pipe"
"$KARAF/bin/client" "${login[@]}" "$1" <&3
