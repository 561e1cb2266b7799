# The capsule kernel, and its variant for the lab VM: compiled from Debian's kernel source with our own configuration. Sourced by build.sh.

SOURCE_PACKAGE=linux-source-6.1
STEPS=1960
FRAGMENTS=("$HERE/config/capsule.config")
[[ $KERNEL != lab ]] || FRAGMENTS+=("$HERE/config/labhost.config")

capsule_kernel_key() {
    {
        candidate "$SOURCE_PACKAGE"
        gcc -dumpfullversion
        ld --version | head -n 1
        cat "${FRAGMENTS[@]}" "$HERE"/patches/*.patch
        declare -f compile_kernel
    } | hash_of
}

# assert_config WANTED CONFIG: an option that the kernel's own rules took back must not go unseen
assert_config() {
    local line name bad=() wanted
    # allnoconfig's own lines may change; ours may not
    wanted=$(cat "${FRAGMENTS[@]}" | sed -nE 's/^(# )?(CONFIG_[A-Za-z0-9_]+)[= ].*/\2/p' | sort -u)
    for name in $wanted; do
        line=$(grep -E "^(# )?$name[= ]" "$1" | tail -n 1)
        case $line in
            "# "*) ! grep -q "^$name=" "$2" || bad+=("$line") ;;
            *) grep -qxF -- "$line" "$2" || bad+=("$line") ;;
        esac
    done
    ((${#bad[@]} == 0)) || die "the kernel's own rules took these lines back: ${bad[*]}"
}

compile_kernel() { # WORK
    local work=$1 log=$1/build.log jobs patch
    jobs=$(nproc)
    cd "$work"
    say "kernel: downloading $SOURCE_PACKAGE $(candidate "$SOURCE_PACKAGE")"
    download "$SOURCE_PACKAGE"
    say "kernel: extracting (1.5 GB, removed when done)"
    dpkg-deb --fsys-tarfile "$SOURCE_PACKAGE"_*.deb | tar -xO "./usr/src/$SOURCE_PACKAGE.tar.xz" | tar -xJ
    rm -f "$SOURCE_PACKAGE"_*.deb
    for patch in "$HERE"/patches/*.patch; do
        patch -s -p1 -d "$SOURCE_PACKAGE" <"$patch" >>"$log" 2>&1 || die "$(basename "$patch") does not fit $SOURCE_PACKAGE any more; its messages: $(tail -n 3 "$log")"
    done
    mkdir obj
    export KBUILD_BUILD_TIMESTAMP="@1700000000" KBUILD_BUILD_USER=wrenn KBUILD_BUILD_HOST=build KBUILD_BUILD_VERSION=1
    make -s -C "$SOURCE_PACKAGE" O="$work/obj" allnoconfig >>"$log" 2>&1
    (cd obj && "../$SOURCE_PACKAGE/scripts/kconfig/merge_config.sh" -m -O . .config "${FRAGMENTS[@]}") >>"$log" 2>&1
    cp obj/.config merged
    make -s -C obj olddefconfig >>"$log" 2>&1
    assert_config merged obj/.config
    rm merged

    say "kernel: compiling with $jobs jobs (about ten minutes of one core)"
    follow "kernel (of about $STEPS steps)" "$log" '^  (CC|AS|LD|AR) ' nice -n 5 make -C obj -j"$jobs" vmlinux bzImage \
        || fail_with_log "the kernel build failed" "$log"

    strip --strip-all -o vmlinux obj/vmlinux
    mv obj/arch/x86/boot/bzImage bzImage
    mv obj/.config config
    make -s -C obj kernelrelease >version
    rm -rf obj "$SOURCE_PACKAGE" "$log"
}

build_capsule_kernel() {
    need apt-get apt gcc gcc make make ld binutils flex flex bison bison bc bc xz xz-utils patch patch
    [[ -f /usr/include/libelf.h || -f /usr/include/gelf.h ]] || die "missing: libelf headers. Install with: apt-get install libelf-dev"
    [[ -d /usr/include/openssl ]] || die "missing: openssl headers. Install with: apt-get install libssl-dev"
    local entry work
    lock "kernel-$KERNEL"
    entry=$CACHE/kernel/$(capsule_kernel_key)
    if intact "$entry"; then
        say "kernel: from the cache ($entry)"
    else
        work=$(new_work kernel)
        CLEAN_UP+=("$work")
        (compile_kernel "$work")
        publish "$work" "$entry"
    fi
    rm -rf "$OUT/kernel"
    place "$entry/vmlinux" "$OUT/kernel/vmlinux"
    place "$entry/bzImage" "$OUT/kernel/bzImage"
    write_properties "$OUT/kernel/kernel.properties" \
        "file=vmlinux" \
        "version=$(cat "$entry/version")" \
        "machine=microvm" \
        "cmdline=console=ttyS0 quiet panic=-1 reboot=t acpi=off pci=off" \
        "cmdline.emulation=tsc_early_khz=@host_tsc_khz@ tsc=reliable no_timer_check lapic_timer_hz=1000000000 noreplace-smp" \
        "sha256=$(sha256sum <"$entry/vmlinux" | cut -d' ' -f1)" \
        "source=$SOURCE_PACKAGE $(candidate "$SOURCE_PACKAGE")"
    unlock
    say "kernel: $(cat "$entry/version"), $(du -h "$entry/vmlinux" | cut -f1)"
}
