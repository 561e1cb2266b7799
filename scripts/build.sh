#!/bin/bash
# build.sh [guest]: builds what changed of guest agent, QEMU's launcher and preloaded library, guest kernel and image, and (without
# 'guest') the Karaf distribution.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
use_jdk
command -v cargo >/dev/null || PATH="$HOME/.cargo/bin:$PATH"
KERNEL="${KERNEL:-capsule}"
export KERNEL

say "guest agent"
hash="$(content_hash envd-guest)"
if unchanged envd "$hash" && [[ -x "$ROOT/envd-guest/target/x86_64-unknown-linux-gnu/release/envd" ]]; then
    say "  unchanged"
else
    (cd "$ROOT/envd-guest" && cargo build --release --locked)
    remember envd "$hash"
fi

say "what starts QEMU, and the library that it loads first"
for part in launch/wrenn-launch preload/libwrenn_preload.so; do
    folder="${part%/*}"
    hash="$(content_hash "bundles/hypervisor-qemu/$folder")"
    if unchanged "$folder" "$hash" && [[ -f "$ROOT/bundles/hypervisor-qemu/$folder/target/x86_64-unknown-linux-gnu/release/${part#*/}" ]]; then
        say "  unchanged"
    else
        (cd "$ROOT/bundles/hypervisor-qemu/$folder" && cargo build --release --locked)
        remember "$folder" "$hash"
    fi
done

say "guest kernel and image"
hash="$KERNEL $(content_hash kernel-and-rootfs) $(sha256sum <"$ROOT/envd-guest/target/x86_64-unknown-linux-gnu/release/envd" | cut -c1-32)"
if unchanged guest "$hash" && [[ -f "$ROOT/kernel-and-rootfs/target/guest/images/minimal/image.properties" ]]; then
    say "  unchanged"
else
    "$ROOT/kernel-and-rootfs/build.sh" all
    remember guest "$hash"
fi

[[ "${1:-}" != guest ]] || exit 0

say "distribution"
hash="$(content_hash pom.xml .mvn bundles features karaf-assembly vaadin-console)"
if unchanged java "$hash" && compgen -G "$ROOT/karaf-assembly/target/wrenn-karaf-*.tar.gz" >/dev/null; then
    say "  unchanged"
else
    # The assembly plugin keeps old files in its work folder.
    rm -rf "$ROOT/karaf-assembly/target"
    log="$ROOT/target/build.log"
    mkdir -p "$ROOT/target"
    (cd "$ROOT" && mvn -B -ntp -DskipTests -pl karaf-assembly -am install 2>&1) | tee "$log" |
        sed -un 's/^\[INFO\] Building \(.*\S\)  *\(\[[0-9/]*\]\)$/         \2 \1/p' || {
        grep -E '^\[ERROR\]|BUILD' "$log" | head -n 40 >&2
        fail "the build failed; all of its output is in $log"
    }
    remember java "$hash"
fi
