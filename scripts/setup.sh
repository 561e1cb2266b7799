#!/bin/bash
# Installs the Debian packages that are missing, and checks the two toolchains that Debian 12 has not.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

missing=()
while read -r probe package; do
    case "$probe" in
        '#'* | '') continue ;;
        /*) [[ -e "$probe" ]] || missing+=("$package") ;;
        *) command -v "$probe" >/dev/null || missing+=("$package") ;;
    esac
done <"$ROOT/scripts/packages"

if ((${#missing[@]})); then
    say "installing with apt-get: ${missing[*]}"
    [[ "$(id -u)" == 0 ]] || fail "these packages are missing and need root: run  sudo apt-get install ${missing[*]}  and then this again."
    export DEBIAN_FRONTEND=noninteractive
    apt-get -o Acquire::Retries=3 -q update
    apt-get -o Acquire::Retries=3 -q -y install --no-install-recommends "${missing[@]}"
fi

use_jdk
command -v cargo >/dev/null || PATH="$HOME/.cargo/bin:$PATH"
command -v cargo >/dev/null || fail "cargo is missing: install Rust 1.85 or later with rustup, or the package cargo of Debian 13 and later."
say "tools are ready: $("$JAVA_HOME/bin/java" -version 2>&1 | head -n 1), $(cargo --version), $(qemu-system-x86_64 --version | head -n 1)"
[[ -w /dev/kvm ]] || say "note: /dev/kvm can't be used here, capsules run emulated (slower, same behaviour)"
