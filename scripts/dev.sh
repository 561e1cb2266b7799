#!/bin/bash
# A running platform on this machine: builds what changed, starts it in run/, waits until it is ready, and runs one capsule.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
umask 022

"$ROOT/scripts/setup.sh"
"$ROOT/scripts/build.sh"
use_jdk

guest="$ROOT/kernel-and-rootfs/target/guest"
mkdir -p "$WRENN_DIR"

# place FROM TO FILE...: hard links, or sparse copies on another file system; files of a running capsule keep their content
place() {
    local from="$1" to="$2" file
    shift 2
    mkdir -p "$to"
    for file in "$@"; do
        cmp -s "$from/$file" "$to/$file" && continue
        ln -f "$from/$file" "$to/.new" 2>/dev/null || cp --sparse=always --preserve=mode,timestamps "$from/$file" "$to/.new"
        mv -f "$to/.new" "$to/$file"
    done
}

# The layout is that of kernel-and-rootfs/target/guest: the host agent reads it.
place_guest() {
    local kernel
    kernel="$(sed -n 's/^file=//p' "$guest/kernel/kernel.properties")"
    place "$guest/kernel" "$WRENN_DIR/guest/kernel" "$kernel" kernel.properties
    place "$guest" "$WRENN_DIR/guest" initrd.cpio initrd.properties
    # The properties file is read first, so it comes last.
    if ! cmp -s "$guest/images/minimal/image.properties" "$WRENN_DIR/guest/images/minimal/image.properties"; then
        place "$guest/images/minimal" "$WRENN_DIR/guest/images/minimal" rootfs.ext4 image.properties
    fi
}

unpack() {
    local archive="$1"
    rm -rf "$KARAF.new"
    mkdir -p "$KARAF.new"
    tar -xzf "$archive" -C "$KARAF.new" --strip-components=1
    # The shell's user stays the same when a new build comes.
    if [[ -f "$KARAF/etc/users.properties" ]]; then
        cp -p "$KARAF/etc/users.properties" "$KARAF/etc/keys.properties" "$KARAF.new/etc/"
    fi
    rm -rf "$KARAF"
    mv "$KARAF.new" "$KARAF"
}

say "kernel and image for capsules"
place_guest

archive="$(ls -t "$ROOT"/karaf-assembly/target/wrenn-karaf-*.tar.gz | head -n 1)"
build="$(sha256sum <"$archive" | cut -c1-32)"
pid="$(karaf_pid)"
if [[ -n "$pid" && "$(cat "$RUN/build" 2>/dev/null)" == "$build" ]]; then
    say "already running as pid $pid with this build"
else
    if [[ -n "$pid" ]]; then
        say "a new build: restarting Karaf (capsules run on)"
        "$ROOT/scripts/stop-karaf.sh"
    fi
    if [[ "$(cat "$RUN/build" 2>/dev/null)" != "$build" ]]; then
        say "unpacking the distribution to $KARAF"
        unpack "$archive"
        printf '%s\n' "$build" >"$RUN/build"
    fi
    say "starting"
    mkdir -p "$WRENN_DIR/logs"
    # A session of its own: it lives on when this terminal goes.
    KARAF_REDIRECT="$WRENN_DIR/logs/console.log" setsid -w "$KARAF/bin/start" </dev/null
fi

url="$(base_url)"
karaf_runs() { [[ -n "$(karaf_pid)" ]]; }
until_true 15 karaf_runs || fail "Karaf did not start: see $WRENN_DIR/logs/console.log"
deadline=$((SECONDS + 120))
next_word=$((SECONDS + 3))
until curl -fsS -m 2 -o /dev/null "$url/health" -o /dev/null "$url/console/" 2>/dev/null && [[ -s "$WRENN_DIR/first-admin.properties" ]]; do
    karaf_runs || { tail -n 20 "$WRENN_DIR/logs/console.log" "$WRENN_DIR/logs/wrenn.log" >&2; fail "Karaf ended while it started."; }
    if ((SECONDS >= deadline)); then
        grep -E ' (ERROR|WARN) ' "$WRENN_DIR/logs/wrenn.log" | tail -n 20 >&2 || true
        fail "the platform is not ready after 120 s: $url/health does not answer, or $WRENN_DIR/first-admin.properties is missing. The log is $WRENN_DIR/logs/wrenn.log"
    fi
    if ((SECONDS >= next_word)); then
        say "  waiting for $url/health"
        next_word=$((SECONDS + 3))
    fi
    sleep 0.2
done
python3 "$ROOT/scripts/dev_client.py" login --url "$url" --admin "$WRENN_DIR/first-admin.properties" --env "$ROOT/dev.env"
say "the API answers; waiting until the host takes capsules"
python3 "$ROOT/scripts/dev_client.py" wait-for-host --env "$ROOT/dev.env"
say "a capsule, to see that it works"
python3 "$ROOT/scripts/dev_client.py" try --env "$ROOT/dev.env"

cat <<END

  console   $url/console/
  e-mail    $(sed -n 's/^email *= *//p' "$WRENN_DIR/first-admin.properties")
  password  $(sed -n 's/^password *= *//p' "$WRENN_DIR/first-admin.properties")
  API key   in dev.env:  . ./dev.env
  shell     make shell   or   make shell CMD="capsule:list"
  log       $WRENN_DIR/logs/wrenn.log
  end       make stop
END
