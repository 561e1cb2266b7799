# Debian's own cloud kernel with the modules that a capsule needs: nothing is compiled, it boots slower. Sourced by build.sh.

CLOUD_PACKAGE=linux-image-cloud-amd64
# What the agent loads at start, beside what these depend on. The cipher of ext4's checksums is asked for by name only.
WANTED_MODULES=(virtio_pci virtio_mmio virtio_blk virtio_net virtio_rng virtio_balloon crc32c_generic ext4 overlay fuse)

# depends_of MODULE_FILE: the modules that it names as needed
depends_of() {
    objcopy -O binary --only-section=.modinfo "$1" /dev/stdout | tr '\0' '\n' | sed -n 's/^depends=//p' | tr ',' '\n'
}

# add_module NAME: appends to LOAD_ORDER what NAME depends on, then NAME. Built-in ones have no file.
add_module() {
    local name=${1//-/_} file dependency
    [[ " ${LOADED[*]-} " != *" $name "* ]] || return 0
    LOADED+=("$name")
    file=$(find "$MODULE_TREE" \( -name "$name.ko" -o -name "${name//_/-}.ko" \) -print -quit)
    [[ -n $file ]] || return 0
    for dependency in $(depends_of "$file"); do
        add_module "$dependency"
    done
    LOAD_ORDER+=("$file")
}

unpack_debian_kernel() { # WORK PACKAGE
    local work=$1 package=$2 number=0 file MODULE_TREE=$1/tree/lib/modules LOADED=() LOAD_ORDER=()
    cd "$work"
    say "kernel: downloading $package"
    download "$package"
    dpkg-deb -x "$package"_*.deb tree
    mv tree/boot/vmlinuz-* vmlinuz
    mv tree/boot/config-* config
    basename "$MODULE_TREE"/* >version
    mkdir modules
    for file in "${WANTED_MODULES[@]}"; do
        add_module "$file"
    done
    for file in "${LOAD_ORDER[@]}"; do
        cp "$file" "modules/$(printf '%02d' "$number")-$(basename "$file")"
        number=$((number + 1))
    done
    rm -rf tree "$package"_*.deb
}

build_debian_kernel() {
    need apt-get apt objcopy binutils
    local package version entry work file
    candidate "$CLOUD_PACKAGE" >/dev/null
    package=$(apt-cache depends --important "$CLOUD_PACKAGE" | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    version=$(candidate "$package")
    lock "kernel-$KERNEL"
    entry=$CACHE/kernel/debian-$({ echo "$package $version ${WANTED_MODULES[*]}"; declare -f unpack_debian_kernel add_module depends_of; } | hash_of)
    if intact "$entry"; then
        say "kernel: from the cache ($entry)"
    else
        work=$(new_work kernel)
        CLEAN_UP+=("$work")
        (unpack_debian_kernel "$work" "$package")
        publish "$work" "$entry"
    fi
    rm -rf "$OUT/kernel"
    place "$entry/vmlinuz" "$OUT/kernel/vmlinuz"
    for file in "$entry"/modules/*.ko; do
        place "$file" "$OUT/kernel/modules/$(basename "$file")"
    done
    write_properties "$OUT/kernel/kernel.properties" \
        "file=vmlinuz" \
        "version=$(cat "$entry/version")" \
        "machine=q35" \
        "cmdline=console=ttyS0 quiet panic=-1 reboot=t" \
        "cmdline.emulation=tsc_early_khz=@host_tsc_khz@ tsc=reliable no_timer_check noreplace-smp" \
        "sha256=$(sha256sum <"$entry/vmlinuz" | cut -d' ' -f1)" \
        "source=$package $version"
    unlock
    say "kernel: Debian $(cat "$entry/version"), $(find "$entry/modules" -name '*.ko' | wc -l) modules; build the initrd again, it holds them"
}
