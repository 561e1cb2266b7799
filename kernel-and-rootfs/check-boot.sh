#!/bin/bash
# check-boot.sh [RUNS]: boots what build.sh made, under emulation, until the agent answers; prints the milliseconds of each run.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib/common.sh
. "$HERE/lib/common.sh"
RUNS=${1:-1}
LIMIT_SECONDS=${LIMIT_SECONDS:-60}
MEMORY_MB=${MEMORY_MB:-512}

need qemu-system-x86_64 qemu-system-x86 qemu-img qemu-utils python3 python3
for file in kernel/kernel.properties initrd.cpio images/minimal/rootfs.ext4; do
    [[ -f $OUT/$file ]] || die "$OUT/$file is missing. Run build.sh first"
done
KERNEL_FILE=$OUT/kernel/$(property "$OUT/kernel/kernel.properties" file)
MACHINE=$(property "$OUT/kernel/kernel.properties" machine)
case $MACHINE in
    microvm) machine=(-M microvm,rtc=on,acpi=off) bus=device ;;
    q35) machine=(-M q35) bus=pci ;;
    *) die "kernel.properties names an unknown machine: $MACHINE" ;;
esac

# The kernel prints and uses twice the MHz of the time stamp counter as its BogoMIPS.
HOST_TSC_KHZ=$(awk '/^bogomips/ { printf "%d", $3 * 500; exit }' /proc/cpuinfo)
EMULATION=$(property "$OUT/kernel/kernel.properties" cmdline.emulation)
KERNEL_LINE="$(property "$OUT/kernel/kernel.properties" cmdline) ${EMULATION//@host_tsc_khz@/$HOST_TSC_KHZ}"

work=$(mktemp -d)
qemu=
stop() {
    [[ -z $qemu ]] || { kill -KILL "$qemu" 2>/dev/null || true; wait "$qemu" 2>/dev/null || true; }
    qemu=
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

boot() {
    local port token
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    token=$(printf 'check-boot' | sha256sum | cut -d' ' -f1)
    rm -f "$work/disk.qcow2"
    qemu-img create -q -f qcow2 -F raw -b "$(realpath "$OUT/images/minimal/rootfs.ext4")" "$work/disk.qcow2"
    START_NS=$(python3 -c 'import time; print(time.monotonic_ns())')
    export START_NS
    qemu-system-x86_64 "${machine[@]}" -accel tcg -cpu "${CPU:-max}" -m "$MEMORY_MB" -smp "${CPUS:-1}" -nodefaults -no-user-config -no-reboot -display none \
        -serial "file:$work/console.log" -kernel "$KERNEL_FILE" -initrd "$OUT/initrd.cpio" \
        -append "$KERNEL_LINE ${APPEND:-} wrenn.root=/dev/vda wrenn.ip=10.0.2.15/24 wrenn.gw=10.0.2.2 wrenn.dns=10.0.2.3 wrenn.hostname=check-boot wrenn.token=$token wrenn.port=49983" \
        -drive "if=none,id=root,file=$work/disk.qcow2,format=qcow2" -device "virtio-blk-$bus,drive=root" \
        -netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$port-10.0.2.15:49983" -device "virtio-net-$bus,netdev=net" \
        -object rng-random,id=rng,filename=/dev/urandom -device "virtio-rng-$bus,rng=rng" >"$work/qemu.log" 2>&1 &
    qemu=$!
    python3 "$HERE/lib/wait_health.py" "$port" "$qemu" "$LIMIT_SECONDS" && return
    tail -n 25 "$work/console.log" "$work/qemu.log" >&2
    die "$(property "$OUT/kernel/kernel.properties" version) did not boot on $MACHINE; console and QEMU messages are above"
}

for ((run = 1; run <= RUNS; run++)); do
    boot >"$work/answer"
    [[ -z ${SHOW_CONSOLE:-} ]] || cat "$work/console.log"
    stop
    printf '%s on %s: agent answered after %s ms\n' "$(property "$OUT/kernel/kernel.properties" version)" "$MACHINE" "$(cat "$work/answer")"
done
