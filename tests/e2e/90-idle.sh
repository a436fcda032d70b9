#!/bin/bash
# SPDX-License-Identifier: MIT
# Nothing to do costs nothing: at most 20 ms of CPU in 60 s, connected over TLS.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'the reference service is a part of the server'
[[ $E2E_MODE == component || -n ${PUBSUB_TEST_LONG-} ]] || skip_all 'one run on each server is enough'
service_start
as admin pub -n "$N" --create </dev/null
spawn_ready reader as admin/reader sub -n "$N"

seconds=10
[[ -z ${PUBSUB_TEST_LONG-} ]] || seconds=60
allowed=$((20000 * seconds / 60)) # microseconds

cpu() { # NAME: microseconds on a CPU so far
	local ns
	read -r ns _ <"/proc/${pids[$1]}/schedstat"
	printf '%d\n' $((ns / 1000))
}

wakeups() { # NAME
	awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/${pids[$1]}/status"
}

read -r -t 2 -u "$never" # what belongs to the start is over by then
for name in service reader; do
	declare "cpu_$name=$(cpu "$name")" "wake_$name=$(wakeups "$name")"
done
read -r -t "$seconds" -u "$never"
for name in service reader; do
	was=cpu_$name
	used=$(($(cpu "$name") - ${!was}))
	was=wake_$name
	woken=$(($(wakeups "$name") - ${!was}))
	diag "$name: $used us of CPU and $woken wake-ups in $seconds s"
	ok "an idle $name uses at most $allowed us of CPU in $seconds s" test "$used" -le "$allowed"
	ok "... and wakes up at most once a second" test "$woken" -le $((seconds + 3))
done
stop reader
done_testing
