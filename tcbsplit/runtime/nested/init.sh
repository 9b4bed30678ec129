#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# The inner machine's /init. It makes KVM ready, waits for a job on the port "data", runs its QEMU,
# tells on the port "control" how that goes, and sends on "data" what is left of it.
#
# control, to the host: fact NAME VALUE | ready | started | up SECONDS | ended STATUS
# control, from the host: end (the job) | want FILE
# data: pieces, each a line with its length, then so many bytes

/bin/busybox --install -s /bin
export PATH=/bin
mkdir -p /proc /sys /dev /job /tmp /var/tmp /left
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tracefs trace /sys/kernel/tracing
mount -t tmpfs -o size=95% job /job
events=/sys/kernel/tracing/events/kvm

refused=
while read -r module arguments; do
    # shellcheck disable=SC2086 # several arguments
    refused=$refused$(insmod "/modules/$module.ko" $arguments 2>&1)
done </modules/order

# By hand: no host talks to us.
# shellcheck disable=SC2154
if [ -n "$tcbsplit_run" ]; then
    cd /
    sh "$tcbsplit_run"
    echo "exit status $?"
    reboot -f
fi

# The names of ports come some time after the ports.
# shellcheck disable=SC2154 # the kernel's command line
for name in $(echo "$tcbsplit_ports" | tr , ' '); do
    until node=$(grep -lx "$name" /sys/class/virtio-ports/*/name 2>/dev/null); do sleep 0.1; done
    node=${node%/name}
    ln -s "/dev/${node##*/}" "/dev/$name"
done
exec 3<>/dev/control 4<>/dev/data

fact() {
    echo "fact $1 $2" >&3
}

facts() {
    fact kernel "$(uname -r)"
    for parameter in nested npt nrips vgif; do
        value=absent
        [ -e /sys/module/kvm_amd/parameters/$parameter ] &&
            read -r value </sys/module/kvm_amd/parameters/$parameter
        fact "kvm_amd.$parameter" "$value"
    done
}

# send FILE: one piece
send() {
    stat -c %s "$1" >&4
    cat "$1" >&4
}

facts
[ -c /dev/kvm ] || fact no_kvm "/dev/kvm is not there"
[ -z "$refused" ] || fact refused "$(echo "$refused" | tr '\n' ' ')"
# shellcheck disable=SC2154
fact qemu "$("$tcbsplit_qemu" --version 2>&1 | head -n 1)"
for event in kvm_exit kvm_nested_vmexit; do
    echo hist:keys=exit_reason >$events/$event/trigger || fact blind "no histogram of $event"
done
echo ready >&3

read -r length <&4
head -c "$length" <&4 | tar -xzf - -C /job || fact broken "the job could not be unpacked"
cd /job || exit
mkfifo /tmp/errors
{
    head -c 1048576 >/left/stderr
    cat >/dev/null
} </tmp/errors 3>&- 4>&- &
reader=$!
# The parent becomes a sleep, which waits for nobody: the dead QEMU keeps its status to be read.
sh -c 'sh ./run </dev/null >/dev/null 2>/tmp/errors & echo $! >/tmp/pid; exec sleep 9999999' \
    3>&- 4>&- >/dev/null 2>&1 &
until read -r pid </tmp/pid; do sleep 0.02; done 2>/dev/null
echo started >&3

# The host says "end" in any case. A read with a timeout would lose what it has of a line.
{
    read -r word <&3
    kill -9 "$pid"
} 4>&- &
ending=$!
mkfifo /tmp/never
exec 5<>/tmp/never
told=
while :; do
    read -t 0.2 -r word <&5 # sleeps, and needs no process for it
    read -r line <"/proc/$pid/stat"
    # shellcheck disable=SC2086 # proc(5): the fields from the third on, the state
    set -- ${line##*) }
    [ "$1" = Z ] && break
    read -r up rest </proc/uptime
    [ "${up%.*}" = "$told" ] || echo "up $up" >&3
    told=${up%.*}
done
wait $reader
# Behind the last byte of the console, so that the host knows that it was the last.
cat ./last >/dev/com1 &
echo "ended ${50}" >&3 # proc(5): exit_code, the 52nd field

facts
for event in kvm_exit kvm_nested_vmexit; do
    cat $events/$event/hist >/left/$event
done
while read -r disk; do
    # Everything was unpacked as of 1970; a write makes it younger.
    [ "$(stat -c %Y "$disk")" = 0 ] || sha256sum "$disk" >>/left/sums
done <./disks
tar -czf /tmp/left.tgz -C /left .
send /tmp/left.tgz
wait $ending
while read -r word name; do
    [ "$word" = want ] || continue
    gzip -1 -c "$name" >/tmp/content.gz
    send /tmp/content.gz
done <&3
