# Runs as root in a mount namespace of its own: builds a root file system that holds what QEMU needs and nothing else, moves into it
# and becomes QEMU as another user without any privilege. "$@" is QEMU's command line; the rest comes in variables:
#   WRENN_ROOT     empty directory, where the new root is mounted
#   WRENN_BINDS    what of the host shows in it under the same path, one a line: "ro PATH" or "rw PATH"
#   WRENN_DEVICES  device nodes in it that belong to the user, one a line: "TYPE MAJOR MINOR PATH"
#   WRENN_UID      user and group of QEMU
#   WRENN_GROUPS   its further group; empty for none
#   WRENN_PRELOAD  library that QEMU loads before all others; empty for none
set -efu
umask 022
root=$WRENN_ROOT
mount -t tmpfs -o size=1m,mode=755,nosuid,noexec wrenn "$root"
mkdir -p "$root/usr" "$root/etc" "$root/dev/net" "$root/proc" "$root/old"
mount --bind -o ro,nosuid,nodev /usr "$root/usr"
for name in bin lib lib64; do
  if [ -h "/$name" ]; then
    ln -s "usr/$name" "$root/$name"
  elif [ -d "/$name" ]; then
    mkdir "$root/$name"
    mount --bind -o ro,nosuid,nodev "/$name" "$root/$name"
  fi
done
cp /etc/ld.so.cache "$root/etc/ld.so.cache"

newline='
'
IFS=$newline
for line in $WRENN_BINDS; do
  mode=${line%% *}
  path=${line#* }
  case $path in /usr/*) continue ;; esac
  mkdir -p "$root${path%/*}"
  if [ -d "$path" ]; then
    mkdir -p "$root$path"
  else
    : >"$root$path"
  fi
  mount --bind -o "$mode,nosuid,nodev,noexec" "$path" "$root$path"
done
if [ -n "$WRENN_PRELOAD" ]; then
  mkdir -p "$root${WRENN_PRELOAD%/*}"
  : >"$root$WRENN_PRELOAD"
  mount --bind -o ro,nosuid,nodev "$WRENN_PRELOAD" "$root$WRENN_PRELOAD"
fi
for line in $WRENN_DEVICES; do
  path=${line##* }
  numbers=${line% *}
  IFS=' '
  mkdir -p "$root${path%/*}"
  mknod -m 600 "$root$path" $numbers
  chown "$WRENN_UID:$WRENN_UID" "$root$path"
  IFS=$newline
done
unset IFS

# umount(8) finds what it unmounts in /proc; QEMU gets none, since it would show every process of the host.
mount -t proc proc "$root/proc"
cd "$root"
pivot_root . old
cd /
umount -l /old
mount -o remount,ro,nosuid,noexec /
umount -l /proc

umask 077
groups=--clear-groups
if [ -n "$WRENN_GROUPS" ]; then
  groups=--groups=$WRENN_GROUPS
fi
uid=$WRENN_UID
# From here on: the tools above have no use for it.
[ -z "$WRENN_PRELOAD" ] || export LD_PRELOAD="$WRENN_PRELOAD"
unset WRENN_LOG WRENN_CGROUP WRENN_NETNS WRENN_JAIL WRENN_ROOT WRENN_BINDS WRENN_DEVICES WRENN_UID WRENN_GROUPS WRENN_PRELOAD
exec setpriv --reuid="$uid" --regid="$uid" "$groups" --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@"
