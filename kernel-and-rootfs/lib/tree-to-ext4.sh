#!/bin/bash
# tree-to-ext4.sh TAR WORK IMAGE SIZE: a root file system archive becomes an ext4 image. The same packages give the same bytes.
# Needs to see itself as root (really, or by fakeroot) to keep owners; mounts nothing.
set -euo pipefail
tar=$1 work=$2 image=$3 size=$4
tree=$work/tree

# Every image has the same identity: it is a base that is never mounted beside its copies.
uuid=6f2a1c9e-5b7d-4e30-9c41-77656e6e0001
hash_seed=6f2a1c9e-5b7d-4e30-9c41-77656e6e0002
features=has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum

mkdir "$tree"
tar -C "$tree" --xattrs --xattrs-include='*' --numeric-owner -xpf "$tar"

# Left-overs of the installation: logs, caches, backups, what belongs to one machine
find "$tree/var/log" "$tree/var/cache" -type f -delete
rm -rf "$tree"/var/lib/apt/lists/* "$tree"/run/* "$tree"/tmp/* "$tree"/dev/* "$tree"/proc/* "$tree"/sys/*
rm -f "$tree"/etc/{passwd,group,shadow,gshadow,subuid,subgid}- "$tree"/var/lib/dpkg/*-old "$tree"/etc/ssh/ssh_host_*
# The day of the last password change would be the day of the build.
awk -F: -v OFS=: '{ $3 = 19675; print }' "$tree/etc/shadow" >"$work/shadow"
cat "$work/shadow" >"$tree/etc/shadow"

# The image's date is that of its newest packaged file. Files made during installation get it; packaged files keep theirs,
# so that compiled Python files still match their sources.
epoch=$(cat "$tree"/var/lib/dpkg/info/*.list | grep -E '^/(usr|bin|sbin|lib)' | LC_ALL=C sort -u \
    | (cd "$tree" && sed 's,^/,./,' | tr '\n' '\0' | xargs -0 stat -c '%F %Y' 2>/dev/null || true) \
    | awk '$1 == "regular" && $NF > newest { newest = $NF } END { print newest }')
[[ $epoch =~ ^[0-9]+$ ]] || { echo "error: no packaged files found in $tar" >&2; exit 1; }
find "$tree" -newermt "@$epoch" -exec touch -h -d "@$epoch" {} +

rm -f "$image"
truncate -s "$size" "$image"
# A journal of 16 MiB bounds how far it can grow a capsule's copy-on-write layer.
# The host's own defaults stay out: what is asked for is below.
printf '[fs_types]\next4 = {\nfeatures = has_journal\n}\n' >"$work/mke2fs.conf"
MKE2FS_CONFIG=$work/mke2fs.conf E2FSPROGS_FAKE_TIME=$epoch mke2fs -q -F -t ext4 -b 4096 -I 256 -i 16384 -m 0 \
    -O "none,$features" -J size=16 -U "$uuid" -L wrenn-root \
    -E "hash_seed=$hash_seed,lazy_itable_init=1,lazy_journal_init=1,nodiscard,root_owner=0:0" \
    -d "$tree" "$image"
rm -rf "$tree"

# mke2fs copies the times of last access and change of the extracted files; no tool can set the latter on a live file system.
used=$(dumpe2fs -h "$image" 2>/dev/null | awk -F: '/^Inode count/ { all = $2 } /^Free inodes/ { free = $2 } END { print all - free }')
for ((inode = 1; inode <= used; inode++)); do
    printf 'sif <%d> atime @%d\nsif <%d> ctime @%d\nsif <%d> crtime @%d\n' "$inode" "$epoch" "$inode" "$epoch" "$inode" "$epoch"
done >"$work/times"
E2FSPROGS_FAKE_TIME=$epoch debugfs -w -f "$work/times" "$image" >"$work/debugfs.log" 2>&1
rm -f "$work/mke2fs.conf" "$work/times" "$work/debugfs.log" "$work/shadow"
printf '%s\n' "$epoch" >"$work/epoch"
