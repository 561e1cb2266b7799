#!/bin/bash
# Runs at the end of the package installation; $1 is the root of the new image.
set -euo pipefail
root=$1

chroot "$root" useradd --create-home --uid 1000 --user-group --shell /bin/bash user
chroot "$root" usermod --shell /bin/bash root
printf 'user ALL=(ALL:ALL) NOPASSWD: ALL\n' >"$root/etc/sudoers.d/user"
chmod 0440 "$root/etc/sudoers.d/user"

# the place where recipes of other container images look for it
ln -s ../bin/tini "$root/usr/sbin/tini"

printf 'capsule\n' >"$root/etc/hostname"
printf '127.0.0.1\tlocalhost\n127.0.1.1\tcapsule\n::1\tlocalhost ip6-localhost ip6-loopback\n' >"$root/etc/hosts"
printf 'LANG=C.UTF-8\n' >"$root/etc/default/locale"
printf '/dev/vda / ext4 defaults,noinit_itable 0 0\n' >"$root/etc/fstab"
# written by the agent at each start
: >"$root/etc/machine-id"
rm -f "$root/etc/resolv.conf"
: >"$root/etc/resolv.conf"
