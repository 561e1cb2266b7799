# Shared by the scripts of this folder: messages, tools, cache. Sourced, not run.

CACHE="${WRENN_BUILD_CACHE:-${HOME:?set HOME or WRENN_BUILD_CACHE}/.cache/wrenn}"
KEEP_ENTRIES=4
OUT="${OUT:-$HERE/target/guest}"
KERNEL="${KERNEL:-capsule}"
STARTED_AT=$SECONDS

say() { printf '[%3ds] %s\n' $((SECONDS - STARTED_AT)) "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# need TOOL PACKAGE...: ends with the one apt line that installs all that is missing
need() {
    local missing=() packages=()
    while (($#)); do
        command -v "$1" >/dev/null || { missing+=("$1"); packages+=("$2"); }
        shift 2
    done
    ((${#missing[@]} == 0)) || die "missing: ${missing[*]}. Install with: apt-get install ${packages[*]}"
}

# The sbin folders hold mke2fs and dumpe2fs, and are not on an ordinary user's PATH.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

hash_of() { sha256sum | cut -c1-32; }

# new_work KIND: an empty folder beside the cache entries, so that publishing is one rename
new_work() {
    mkdir -p "$CACHE/$1"
    # a killed build could not clean up after itself
    find "$CACHE/$1" -maxdepth 1 -name '.work.*' -mmin +240 -exec rm -rf {} +
    mktemp -d "$CACHE/$1/.work.XXXXXX"
}

# publish WORK ENTRY: from now on the entry exists as a whole, read-only
publish() {
    (cd "$1" && find . -type f ! -name SHA256SUMS -printf '%P\n' | LC_ALL=C sort | grep -v '\.ext4$' | xargs sha256sum >SHA256SUMS)
    find "$1" -type f -exec chmod 0444 {} +
    chmod 0755 "$1"
    rm -rf "$2"
    mv -T "$1" "$2"
    # what was not used for longest makes room; files in use elsewhere are hard links and stay
    find "$(dirname "$2")" -mindepth 1 -maxdepth 1 ! -name '.*' -printf '%T@ %p\n' | sort -rn | tail -n +$((KEEP_ENTRIES + 1)) | cut -d' ' -f2- | xargs -r rm -rf
}

# intact ENTRY: the entry exists and its files are what was published
intact() {
    [[ -f $1/SHA256SUMS ]] || return 1
    (cd "$1" && sha256sum --quiet --strict --check SHA256SUMS >&2) && touch "$1" && return 0
    say "cache entry $1 is damaged: building it again"
    return 1
}

# lock KIND: one build of a kind at a time; a second one waits and then finds the result in the cache
lock() {
    mkdir -p "$CACHE"
    exec 9>"$CACHE/$1.lock"
    flock -n 9 || { say "another build of $1 is running: waiting for it"; flock -w 1800 9 || die "$1 is still being built by another process after 30 minutes"; }
}

unlock() { exec 9>&-; }

# place FROM TO: the file appears at TO at once, as a hard link if it can be, else as a (sparse, reflinked) copy
place() {
    mkdir -p "$(dirname "$2")"
    rm -f "$2"
    ln "$1" "$2" 2>/dev/null || {
        cp --reflink=auto --sparse=always --preserve=mode,timestamps "$1" "$2.new" && mv "$2.new" "$2"
    }
}

# write_properties FILE KEY=VALUE...
write_properties() {
    local file=$1
    shift
    mkdir -p "$(dirname "$file")"
    printf '%s\n' "$@" >"$file.new"
    mv "$file.new" "$file"
}

# property FILE KEY
property() { sed -n "s/^$2=//p" "$1"; }

# follow TEXT LOG PATTERN COMMAND...: runs a long command with its output in LOG; says every few seconds how many matching lines
# there are and the last one. Returns the command's status. The command ends with this script, however that ends.
follow() (
    text=$1 log=$2 pattern=$3 before=0
    shift 3
    # a process group of its own: some tools leave ending to their children
    setsid "$@" >>"$log" 2>&1 &
    command=$!
    trap 'kill -- "-$command" 2>/dev/null && wait "$command"' EXIT
    while kill -0 "$command" 2>/dev/null; do
        # comes back when the command ends, but at the latest after five seconds
        timeout 5 tail --pid="$command" -f /dev/null || true
        # the script was killed: this subshell goes too, and ends the command
        kill -0 $$ 2>/dev/null || exit 1
        lines=$(grep -c -E "$pattern" "$log" || true)
        say "$text: step ${lines:-0}$( ((lines == before)) || grep -E "$pattern" "$log" | tail -n 1 | cut -c1-80 | sed 's/^ */, /')"
        before=$lines
    done
    trap - EXIT
    wait "$command"
)

# fail_with_log TEXT LOG: the work folder goes, the log stays
fail_with_log() {
    tail -n 15 "$2" >&2
    cp "$2" "$CACHE/failed.log"
    die "$1; the whole log: $CACHE/failed.log"
}

# download PACKAGE: the .deb in the current folder, as any user
download() {
    # apt's own sandbox user cannot write into private folders; that warning is of no use here
    local sandbox=()
    ((EUID != 0)) || sandbox=(-o APT::Sandbox::User=root)
    apt-get "${sandbox[@]}" -q download "$1" >apt.log 2>&1 || die "apt-get download $1 failed ($(tail -n 1 apt.log)). Is the package list current? Try: apt-get update"
    rm -f apt.log
}

candidate() {
    local version
    version=$(apt-cache policy "$1" | sed -n 's/^  Candidate: //p')
    [[ -n $version && $version != "(none)" ]] || die "apt knows no package $1. Try: apt-get update"
    printf '%s\n' "$version"
}
