# Shared by the scripts of this folder; sourced, not run. A caller has `set -euo pipefail`.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
RUN="${WRENN_RUN:-$ROOT/run}"
KARAF="$RUN/karaf"
STAMPS="$ROOT/target/stamps"
export WRENN_DIR="$RUN/data"
export WRENN_CP_LISTEN_ADDR="${WRENN_CP_LISTEN_ADDR:-127.0.0.1:8080}"
export WRENN_SSH_PORT="${WRENN_SSH_PORT:-8101}"
# Names and addresses of this checkout's capsules, apart from every other platform on this machine.
run_hash="$(printf '%s' "$RUN" | cksum | cut -d ' ' -f 1)"
export WRENN_PREFIX="${WRENN_PREFIX:-$(printf 'w%05x' $((run_hash % 1048576)))}"
export WRENN_SUBNET="${WRENN_SUBNET:-10.$((64 + run_hash % 64)).0.0/16}"
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

say() { printf '[%4ds] %s\n' "$SECONDS" "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

java_version() { sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null || true; }

is_jdk_25() { [[ -x "$1/bin/javac" ]] && (("$(java_version "$1")" >= 25)); }

# JAVA_HOME wins when it is a JDK 25 or later; else the first one under /usr/lib/jvm.
use_jdk() {
    local candidate
    if [[ -z "${JAVA_HOME:-}" ]] || ! is_jdk_25 "$JAVA_HOME"; then
        [[ -z "${JAVA_HOME:-}" ]] || say "JAVA_HOME=$JAVA_HOME is no JDK 25: looking for one under /usr/lib/jvm"
        JAVA_HOME=
        for candidate in /usr/lib/jvm/*25*; do
            is_jdk_25 "$candidate" && { JAVA_HOME="$candidate"; break; }
        done
        [[ -n "$JAVA_HOME" ]] || fail "no JDK 25 found. Install one (Temurin: package temurin-25-jdk; Debian 13 and later:" \
            "openjdk-25-jdk-headless), or set JAVA_HOME to one."
    fi
    export JAVA_HOME PATH="$JAVA_HOME/bin:$PATH"
    export MAVEN_OPTS="${MAVEN_OPTS:---sun-misc-unsafe-memory-access=allow}"
}

# source_files PATH...: files of ours below the paths, what Git ignores aside
source_files() {
    if git -C "$ROOT" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        (cd "$ROOT" && git ls-files -z --cached --others --exclude-standard -- "$@" | xargs -0 sh -c 'for f; do [ ! -f "$f" ] || printf "%s\0" "$f"; done' -)
    else
        (cd "$ROOT" && find "$@" \( -name target -o -name node_modules \) -prune -o -type f -print0)
    fi
}

# content_hash PATH...: one hash over names and contents of the files below
content_hash() { source_files "$@" | LC_ALL=C sort -z | (cd "$ROOT" && xargs -0 sha256sum) | sha256sum | cut -c1-32; }

# unchanged NAME HASH / remember NAME HASH: whether a step ran to its end for this very content
unchanged() { [[ "$(cat "$STAMPS/$1" 2>/dev/null)" == "$2" ]]; }
remember() { mkdir -p "$STAMPS" && printf '%s\n' "$2" >"$STAMPS/$1"; }

base_url() {
    local host="${WRENN_CP_LISTEN_ADDR%:*}"
    case "$host" in '' | 0.0.0.0 | '[::]') host=127.0.0.1 ;; esac
    printf 'http://%s:%s\n' "$host" "${WRENN_CP_LISTEN_ADDR##*:}"
}

# Process id of the Karaf that runs on run/data, or nothing.
karaf_pid() {
    local pid
    pid="$(sed -n 's/^item\.0\.pid *= *//p' "$WRENN_DIR/karaf/instances/instance.properties" 2>/dev/null)" || true
    [[ "${pid:-0}" -gt 0 ]] && grep -qsF -- "-Dkaraf.data=$WRENN_DIR/karaf" "/proc/$pid/cmdline" && printf '%s\n' "$pid" || true
}

# until_true SECONDS COMMAND...: waits for a condition; says nothing
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.1
    done
}
