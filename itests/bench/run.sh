#!/bin/bash
# Runs the benchmarks against the built distribution. Arguments: names of benchmarks (create exec files pty list scale fleet restore fork pause first pages); none: all.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
[ -f "$here/target/classpath" ] || { echo "The benchmarks are not built: run 'make build' first." >&2; exit 1; }
dist="$(ls "$root"/karaf-assembly/target/wrenn-karaf-*.tar.gz | head -1)"
sim="$(ls "$root"/itests/sim-driver/target/sim-driver-*.jar 2>/dev/null | grep -v -e sources -e javadoc | head -1)"
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "$here/target/classes:$(cat "$here/target/classpath")" \
    -Dwrenn.dist="$dist" -Dwrenn.sim="$sim" -Dwrenn.guest="$root/kernel-and-rootfs/target/guest" -Dwrenn.work="$here/target/platform" \
    dev.wrenn.bench.Bench "$@"
