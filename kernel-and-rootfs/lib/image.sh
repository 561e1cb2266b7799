# The minimal image: Debian packages in a sparse ext4 file, without loop mount, root or container engine. Sourced by build.sh.

SUITE=bookworm
IMAGE_SIZE="${IMAGE_SIZE:-5G}"
RECIPE=$HERE/images/minimal

image_packages() { sed 's/#.*//' "$RECIPE/packages" | xargs | tr ' ' ','; }

image_sources() {
    if [[ -n ${WRENN_APT_SOURCES:-} ]]; then cat "$WRENN_APT_SOURCES"; else python3 "$HERE/lib/apt_sources.py" "$SUITE"; fi
}

# debootstrap_options: one place for what the simulation and the installation must have in common
debootstrap_options() {
    printf '%s\n' --variant=minbase --include="$(image_packages)"
}

# resolve_packages SOURCES: "name version" of each package that would be installed now
resolve_packages() {
    local options
    mapfile -t options < <(debootstrap_options)
    mmdebstrap --simulate --verbose "${options[@]}" "$SUITE" /dev/null "$1" 2>&1 \
        | tee "$1.log" | sed -nE 's/^Inst ([^ ]+) (\[[^]]*\] )?\(([^ ]+) .*/\1 \3/p' | LC_ALL=C sort
}

image_recipe_key() {
    {
        printf '%s %s\n' "$SUITE" "$IMAGE_SIZE"
        cat "$RECIPE/packages" "$RECIPE/customize.sh" "$HERE/lib/tree-to-ext4.sh" "$HERE/lib/image_digest.py"
        declare -f debootstrap_options install_packages build_tree_image fill_image
        mke2fs -V 2>&1
        image_sources
    } | hash_of
}

install_packages() { # WORK
    local work=$1 options
    mapfile -t options < <(debootstrap_options)
    follow "image: installing packages" "$work/install.log" '^I: ' \
        mmdebstrap "${options[@]}" --format=tar \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/lintian/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        --customize-hook="$RECIPE/customize.sh" \
        "$SUITE" "$work/rootfs.tar" "$work/sources.list" \
        || fail_with_log "installing the packages failed" "$work/install.log"
}

build_tree_image() { # WORK
    local runner=()
    ((EUID == 0)) || runner=(fakeroot --)
    "${runner[@]}" bash "$HERE/lib/tree-to-ext4.sh" "$1/rootfs.tar" "$1" "$1/rootfs.ext4" "$IMAGE_SIZE"
    rm -f "$1/rootfs.tar"
}

# fill_image WORK PACKAGES: builds into WORK what the cache keeps
fill_image() {
    local work=$1 id used
    say "image: installing $(wc -l <"$work/packages.txt") packages (about 40 s)"
    install_packages "$work"
    say "image: writing the ext4 file"
    build_tree_image "$work"
    read -r id used < <(python3 "$HERE/lib/image_digest.py" "$work/rootfs.ext4")
    write_properties "$work/image.properties" \
        "name=minimal" "id=$id" "size_bytes=$(stat -c %s "$work/rootfs.ext4")" "used_bytes=$used" "format=raw" \
        "created=$(date -u -d "@$(cat "$work/epoch")" +%FT%TZ)" "suite=$SUITE" "packages=$(wc -l <"$work/packages.txt")"
    rm -f "$work/epoch" "$work/install.log" "$work/sources.list" "$work/sources.list.log"
}

image_intact() { # ENTRY
    intact "$1" || return 1
    [[ $(python3 "$HERE/lib/image_digest.py" "$1/rootfs.ext4" | cut -d' ' -f1) == $(property "$1/image.properties" id) ]] && return 0
    say "image $1 is damaged: building it again"
    return 1
}

# newest_image RECIPE: for work without network, the latest image of exactly this recipe
newest_image() { find "$CACHE/image" -maxdepth 1 -name "$1-*" -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-; }

# may_install: root may; others need fakeroot, and user ids of their own for the installed system's owners
may_install() {
    ((EUID != 0)) || return 0
    need fakeroot fakeroot newuidmap uidmap
    grep -q -E "^($(id -un)|$EUID):" /etc/subuid && grep -q -E "^($(id -un)|$EUID):" /etc/subgid \
        || die "not root, and no subordinate ids for $(id -un): build as root, or as root do: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $(id -un)"
}

build_image() {
    need mmdebstrap mmdebstrap mke2fs e2fsprogs python3 python3
    may_install
    local recipe work entry
    lock image
    recipe=$(image_recipe_key)
    work=$(new_work image)
    CLEAN_UP+=("$work")
    image_sources >"$work/sources.list"
    say "image: asking apt for the package versions"
    resolve_packages "$work/sources.list" >"$work/packages.txt" || true
    if [[ -s $work/packages.txt ]]; then
        entry=$CACHE/image/$recipe-$(hash_of <"$work/packages.txt")
    else
        entry=$(newest_image "$recipe")
        [[ -n $entry ]] || die "apt can't resolve the packages ($(grep '^E:' "$work/sources.list.log" | tail -n 1)), and no image of this recipe is in the cache"
        say "image: apt is not reachable; taking the last image of this recipe"
    fi
    if image_intact "$entry"; then
        say "image: from the cache ($entry)"
    else
        fill_image "$work"
        publish "$work" "$entry"
    fi
    place "$entry/rootfs.ext4" "$OUT/images/minimal/rootfs.ext4"
    place "$entry/image.properties" "$OUT/images/minimal/image.properties"
    place "$entry/packages.txt" "$OUT/images/minimal/packages.txt"
    unlock
    say "image: minimal $(property "$entry/image.properties" id | cut -c1-12), $(($(property "$entry/image.properties" used_bytes) / 1000000)) MB used"
}
