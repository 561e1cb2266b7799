#!/bin/bash
# shell.sh [COMMAND]: the Karaf shell of the running platform, or one command in it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
use_jdk

[[ -n "$(karaf_pid)" ]] || fail "nothing runs in $RUN: start it with  make dev"
login=(-h 127.0.0.1 -a "$WRENN_SSH_PORT" -u admin -k "$WRENN_DIR/karaf/shell-key")
# The other end makes line ends as this terminal does, and the client leaves that on here too: a program that moves down a
# line would be thrown to its beginning. Off with it as soon as the client has read what the terminal is like and made it raw.
bare_output() {
    until stty -a </dev/tty | grep -q -- ' -icanon'; do sleep 0.05; done
    stty -opost </dev/tty
}

if [[ -z "${1:-}" ]]; then
    [[ -t 0 && -t 1 ]] || exec "$KARAF/bin/client" "${login[@]}"
    before="$(stty -g)"
    bare_output &
    watcher=$!
    trap 'kill "$watcher" 2>/dev/null || true; stty "$before" 2>/dev/null || true' EXIT
    code=0
    "$KARAF/bin/client" "${login[@]}" || code=$?
    exit "$code"
fi

# The client hangs up at the end of its input, even when the command still runs: an input that never ends avoids that.
pipe="$(mktemp -u "$WRENN_DIR/karaf/tmp/shell.XXXXXX")"
mkfifo -m 0600 "$pipe"
trap 'rm -f "$pipe"' EXIT
exec 3<>"$pipe"
"$KARAF/bin/client" "${login[@]}" "$1" <&3
