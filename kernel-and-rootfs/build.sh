#!/bin/bash
# build.sh [kernel|initrd|image|all|clean-cache]: what a capsule boots from, out of Debian packages. See README.md.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export LC_ALL=C.UTF-8

# shellcheck source=lib/common.sh
. "$HERE/lib/common.sh"
# shellcheck source=lib/kernel-capsule.sh
. "$HERE/lib/kernel-capsule.sh"
# shellcheck source=lib/kernel-debian.sh
. "$HERE/lib/kernel-debian.sh"
# shellcheck source=lib/initrd.sh
. "$HERE/lib/initrd.sh"
# shellcheck source=lib/image.sh
. "$HERE/lib/image.sh"

# What an interrupted build leaves behind in the cache goes with it; published entries were renamed away before.
CLEAN_UP=()
trap '((${#CLEAN_UP[@]} == 0)) || rm -rf "${CLEAN_UP[@]}"' EXIT

build_kernel() {
    case $KERNEL in
        capsule | lab) build_capsule_kernel ;;
        debian) build_debian_kernel ;;
        *) die "KERNEL=$KERNEL is unknown; it is capsule (compiled, default), lab (compiled, with device-mapper) or debian (ready-made)" ;;
    esac
}

case ${1:-all} in
    kernel) build_kernel ;;
    initrd) build_initrd ;;
    image) build_image ;;
    all)
        build_kernel
        build_image
        build_initrd
        ;;
    clean-cache)
        rm -rf "${CACHE:?}/kernel" "$CACHE/image"
        say "removed the kernels and images in $CACHE"
        ;;
    *) die "usage: build.sh [kernel|initrd|image|all|clean-cache]" ;;
esac
