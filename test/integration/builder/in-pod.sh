#!/bin/sh
# Runs a program where it has what a pod of Kubernetes has: default capabilities, a masked /proc, its own pids.
# usage: in-pod.sh root|user PROGRAM [ARGUMENT…]; "user" is uid 1000 without capabilities and without new privileges
WHO=$1
shift
export WHO
exec unshare --mount --pid --fork sh -c '
umount -l /proc && mount -t proc proc /proc || exit 125
for name in kcore keys timer_list sched_debug; do
  test ! -e /proc/$name || mount --bind /dev/null /proc/$name
done
for name in bus fs irq sys sysrq-trigger; do
  test ! -e /proc/$name || { mount --bind /proc/$name /proc/$name && mount -o remount,ro,bind /proc/$name; }
done
mount -o remount,ro,bind /sys
test ! -d /sys/firmware || mount -t tmpfs -o ro,size=0k tmpfs /sys/firmware
CAPS=-all,+chown,+dac_override,+fsetid,+fowner,+mknod,+net_raw,+setgid,+setuid,+setfcap,+setpcap,+net_bind_service,+sys_chroot,+kill,+audit_write
if test "$WHO" = root; then
  exec setpriv --bounding-set "$CAPS" --inh-caps "$CAPS" --ambient-caps -all "$@"
fi
exec setpriv --reuid 1000 --regid 1000 --clear-groups --no-new-privs --bounding-set -all --inh-caps -all "$@"
' sh "$@"
