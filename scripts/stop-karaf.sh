#!/bin/bash
# Ends the Karaf of run/; capsules run on and are adopted by the next start.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

pid="$(karaf_pid)"
[[ -n "$pid" ]] || exit 0
ended() { [[ ! -e "/proc/$pid" ]]; }

kill -TERM "$pid"
if ! until_true 45 ended; then
    say "Karaf (pid $pid) did not end within 45 s: killing it"
    kill -KILL "$pid"
    until_true 10 ended || fail "pid $pid can't be killed"
fi
