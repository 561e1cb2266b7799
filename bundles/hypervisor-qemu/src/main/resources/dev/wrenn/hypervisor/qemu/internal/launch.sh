# The process that the JVM starts runs this and becomes QEMU by a chain of execs: its pid never changes.
# "$@" is QEMU's command line; the rest comes in variables:
#   WRENN_LOG     file that takes stderr: fixed in size, so it is opened without truncating or appending
#   WRENN_CGROUP  cgroup.procs files to join, one a line; may be empty
#   WRENN_NETNS   path of the network namespace; empty for the one that this runs in
#   WRENN_JAIL    text of jail.sh; empty to run QEMU with the rights of this user
#   WRENN_PRELOAD library that QEMU loads before all others; empty for none
#   WRENN_STATE   saved state of devices, which becomes descriptor 3; empty for none
#   WRENN_IMAGE   image of the guest's memory, which becomes descriptor 4; empty for none
# What else begins with WRENN_RAM is for that library.
set -efu
exec </dev/null >/dev/null 2<>"$WRENN_LOG"
cd /
umask 077
ulimit -c 0
IFS='
'
for procs in $WRENN_CGROUP; do
  echo $$ >"$procs"
done
[ -z "$WRENN_STATE" ] || exec 3<"$WRENN_STATE"
[ -z "$WRENN_IMAGE" ] || exec 4<"$WRENN_IMAGE"
unset WRENN_STATE WRENN_IMAGE
if [ -z "$WRENN_JAIL" ]; then
  [ -z "$WRENN_PRELOAD" ] || export LD_PRELOAD="$WRENN_PRELOAD"
  unset WRENN_LOG WRENN_CGROUP WRENN_NETNS WRENN_JAIL WRENN_PRELOAD
  exec setsid -- "$@"
fi
set -- unshare --mount --ipc --uts --propagation private -- sh -c "$WRENN_JAIL" wrenn-jail "$@"
if [ -n "$WRENN_NETNS" ]; then
  set -- nsenter --net="$WRENN_NETNS" -- "$@"
fi
exec setsid -- "$@"
