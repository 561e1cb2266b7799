#!/bin/bash
# shell.sh [COMMAND]: the Karaf shell of the running platform, or one command in it. Its input goes to capsule:cp alone.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

[[ -n "$(karaf_pid)" ]] || fail "nothing runs in $RUN: start it with  make dev"
# The key is this platform's own and the address is this machine, so the host's key proves nothing more. The character set goes along.
login=(-q -p "$WRENN_SSH_PORT" -i "$WRENN_DIR/karaf/shell-key" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no
    -o UserKnownHostsFile=/dev/null -o SetEnv=LC_CTYPE=C.UTF-8 admin@127.0.0.1)
case "${1:-}" in
    'capsule:cp '*) ;;
    ?*) login=(-n "${login[@]}") ;;
esac
# Karaf ends a connection without the usual words, which is no failure.
code=0
{ ssh "${login[@]}" ${1:+"$1"} 2>&1 >&3 | { grep -v 'closed by remote host' || true; } >&2; } 3>&1 || code=$?
exit "$code"
