# The process that the JVM starts runs this and becomes QEMU by a chain of execs: its pid never changes.
# "$@" is QEMU's command line; the rest comes in variables:
#   WRENN_LOG     file that takes stderr: fixed in size, so it is opened without truncating or appending
#   WRENN_CGROUP  cgroup.procs files to join, one a line; may be empty
#   WRENN_NETNS   path of the network namespace; empty for the one that this runs in
#   WRENN_JAIL    text of jail.sh; empty to run QEMU with the rights of this user
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
if [ -z "$WRENN_JAIL" ]; then
  unset WRENN_LOG WRENN_CGROUP WRENN_NETNS WRENN_JAIL
  exec setsid -- "$@"
fi
set -- unshare --mount --ipc --uts --propagation private -- sh -c "$WRENN_JAIL" wrenn-jail "$@"
if [ -n "$WRENN_NETNS" ]; then
  set -- nsenter --net="$WRENN_NETNS" -- "$@"
fi
exec setsid -- "$@"
