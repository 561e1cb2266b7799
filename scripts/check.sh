#!/bin/bash
# Everything that proves the project: guest agent, scripts, unit tests, driver TCKs, the assembled Karaf, a booted guest.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
use_jdk
command -v cargo >/dev/null || PATH="$HOME/.cargo/bin:$PATH"

say "shell scripts: syntax"
while IFS= read -r script; do
    bash -n "$script" || fail "$script has a syntax error"
done < <(cd "$ROOT" && git ls-files -- '*.sh' .ci/run karaf-assembly/src/main/resources/bin | sed "s#^#$ROOT/#")
python3 -m compileall -q "$ROOT/scripts" >/dev/null

say "guest agent: cargo test"
(cd "$ROOT/envd-guest" && cargo test --locked)

"$ROOT/scripts/build.sh" guest

say "guest boot"
"$ROOT/kernel-and-rootfs/check-boot.sh"

say "unit tests, driver TCKs, assembled Karaf"
# With install, not verify: the resolution check of the features reads the bundles from the local repository.
rm -rf "$ROOT/karaf-assembly/target"
(cd "$ROOT" && mvn -B -ntp -fae install)
say "all checks passed"
