#!/bin/bash
# test-reproducible.sh [--kernel]: builds image and initrd (and kernel, ten minutes more) twice from nothing and compares every byte.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib/common.sh
. "$HERE/lib/common.sh"
parts=(image initrd)
[[ ${1:-} != --kernel ]] || parts=(kernel image initrd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for build in a b; do
    for part in "${parts[@]}"; do
        say "build $build: $part"
        WRENN_BUILD_CACHE=$work/cache-$build OUT=$work/$build "$HERE/build.sh" "$part"
    done
done

# A disk image is 5 GiB, nearly all of it holes: its digest covers every byte and skips those.
same() {
    case $1 in
        *.ext4) [[ $(python3 "$HERE/lib/image_digest.py" "$work/a/$1") == "$(python3 "$HERE/lib/image_digest.py" "$work/b/$1")" ]] ;;
        *) cmp -s "$work/a/$1" "$work/b/$1" ;;
    esac
}

differing=0
while IFS= read -r file; do
    if same "$file"; then
        say "same: $file"
    else
        say "DIFFERENT: $file"
        differing=1
    fi
done < <(cd "$work/a" && find . -type f -printf '%P\n' | LC_ALL=C sort)
((differing == 0)) || {
    [[ -z ${KEEP:-} ]] || trap - EXIT
    die "two builds differ. $([[ -n ${KEEP:-} ]] && echo "They are in $work" || echo "To keep them: KEEP=1 $0")"
}
say "both builds are the same, byte for byte"
