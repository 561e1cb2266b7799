# The initrd: the guest agent as /init, and the modules that the Debian kernel needs. Sourced by build.sh.

build_initrd() {
    need cpio cpio readelf binutils
    local envd=${ENVD:-$HERE/../envd-guest/target/x86_64-unknown-linux-gnu/release/envd} tree modules=0 version
    [[ -x $envd ]] || die "no guest agent at $envd. Build it (cargo build --release in envd-guest), or set ENVD to the binary"
    ! readelf -lW "$envd" | grep -q INTERP || die "$envd is not static: it can't run as /init"
    version=$("$envd" --version | awk 'NR == 1 { print $NF }')

    tree=$(mktemp -d)
    CLEAN_UP+=("$tree")
    mkdir "$tree"/{dev,proc,sys,run,newroot}
    install -m 0755 "$envd" "$tree/init"
    if [[ -d $OUT/kernel/modules ]]; then
        cp -r "$OUT/kernel/modules" "$tree/modules"
        modules=$(find "$tree/modules" -name '*.ko' | wc -l)
    fi
    find "$tree" -exec touch -h -d @0 {} +
    mkdir -p "$OUT"
    # sorted names, renumbered inodes, root as owner: the same content gives the same bytes
    (cd "$tree" && find . -mindepth 1 -printf '%P\n' | LC_ALL=C sort | cpio --quiet --create --format=newc --reproducible --owner=0:0) >"$OUT/initrd.cpio.new"
    chmod 0444 "$OUT/initrd.cpio.new"
    mv "$OUT/initrd.cpio.new" "$OUT/initrd.cpio"
    write_properties "$OUT/initrd.properties" \
        "sha256=$(sha256sum <"$OUT/initrd.cpio" | cut -d' ' -f1)" "envd.version=$version" "modules=$modules"
    say "initrd: agent $version, $modules modules, $(du -h "$OUT/initrd.cpio" | cut -f1)"
}
