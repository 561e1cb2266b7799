#!/bin/bash
# Ends every capsule of run/, then Karaf, and looks whether anything is left on the machine. The database in run/data stays.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

# Processes of microVMs: those in the control groups of this checkout, and those that work below its data (without root).
vm_processes() { { grouped_processes; plain_processes; } | sort -un; }
grouped_processes() {
    local group
    for group in /sys/fs/cgroup/"$WRENN_PREFIX" /sys/fs/cgroup/*/"$WRENN_PREFIX"; do
        [[ -d "$group" ]] && find "$group" -name cgroup.procs -exec cat {} + 2>/dev/null || true
    done
}
plain_processes() {
    { grep -lsF -- "$WRENN_DIR/" /proc/[0-9]*/cmdline || true; } | cut -d / -f 3 | while read -r pid; do
        [[ "$(readlink "/proc/$pid/exe" 2>/dev/null)" == */qemu-system-* ]] && printf '%s\n' "$pid" || true
    done
}
vm_groups() { find /sys/fs/cgroup -maxdepth 2 -type d -name "$WRENN_PREFIX" 2>/dev/null || true; }
namespaces() { ip netns list 2>/dev/null | cut -d ' ' -f 1 | grep "^$WRENN_PREFIX-" || true; }
interfaces() { ls /sys/class/net | grep "^$WRENN_PREFIX-" || true; }
tables() { [[ "$(id -u)" != 0 ]] || nft list tables 2>/dev/null | grep -w "$WRENN_PREFIX" || true; }
routes() { ip route show type unreachable 2>/dev/null | grep -F "$WRENN_SUBNET" || true; }
left() {
    vm_processes | sed 's/^/process /'
    namespaces | sed 's/^/namespace /'
    interfaces | sed 's/^/interface /'
    tables
    routes | sed 's/^/route /'
    vm_groups | sed 's/^/control group /'
}
nothing_left() { [[ -z "$(left)" ]]; }

sweep() {
    local pids each
    pids="$(vm_processes)"
    # shellcheck disable=SC2086 # a list of numbers
    [[ -z "$pids" ]] || kill -KILL $pids 2>/dev/null || true
    until_true 10 eval '[[ -z "$(vm_processes)" ]]' || true
    for each in $(namespaces); do ip netns del "$each"; done
    for each in $(interfaces); do ip link del "$each" 2>/dev/null || true; done
    [[ -z "$(tables)" ]] || nft delete table inet "$WRENN_PREFIX"
    [[ -z "$(routes)" ]] || ip route del unreachable "$WRENN_SUBNET"
    rm -rf "/run/${WRENN_PREFIX:?}"
    vm_groups | while read -r each; do find "$each" -depth -type d -exec rmdir {} +; done
}

pid="$(karaf_pid)"
if [[ -n "$pid" ]]; then
    say "destroying the capsules"
    if [[ -f "$ROOT/dev.env" ]]; then
        python3 "$ROOT/scripts/dev_client.py" destroy-all --env "$ROOT/dev.env" ||
            say "the platform did not destroy them all: the rest ends by force below"
    fi
    say "stopping Karaf (pid $pid)"
    "$ROOT/scripts/stop-karaf.sh"
fi

# Empty groups are no capsules.
vm_groups | while read -r group; do find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true; done

# What the drivers keep ready they remove when they stop; what is here now belongs to capsules that nobody could end properly.
if ! until_true 5 nothing_left; then
    say "ending by force what is left:"
    left | sed 's/^/         /'
    sweep
    nothing_left || fail "this could not be removed (root may be needed): $(left | tr '\n' ';')"
fi
# The page server has nothing to do any more, and would end by itself in a minute.
for state in "$WRENN_DIR"/pager/*/pager; do
    pid="$(sed -n 's/^pid=//p' "$state" 2>/dev/null || true)"
    [[ -z "$pid" ]] || ! grep -qsF "$WRENN_DIR/pager/" "/proc/$pid/cmdline" || kill "$pid" 2>/dev/null || true
done
say "nothing runs; the database and the logs in $WRENN_DIR stay (make clean removes them)"
