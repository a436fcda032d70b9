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
declare -A cpu_was wake_was
declare -A cpu_over=([service]=1000000 [reader]=1000000) wake_over=([service]=1000000 [reader]=1000000)

cpu() { # NAME: microseconds on a CPU so far
	local ns
	read -r ns _ <"/proc/${pids[$1]}/schedstat"
	printf '%d\n' $((ns / 1000))
}

wakeups() { # NAME
	awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/${pids[$1]}/status"
}

# The least of what both have used above what is allowed in the time that has really passed: 20 ms in 60 s,
# and a wake-up a second.
watch_both() {
	local name start us used woken over
	for name in service reader; do
		cpu_was[$name]=$(cpu "$name") wake_was[$name]=$(wakeups "$name")
	done
	start=${EPOCHREALTIME/./}
	read -r -t "$seconds" -u "$never"
	us=$((${EPOCHREALTIME/./} - start))
	for name in service reader; do
		used=$(($(cpu "$name") - ${cpu_was[$name]}))
		woken=$(($(wakeups "$name") - ${wake_was[$name]}))
		diag "$name: $used us of CPU and $woken wake-ups in $us us"
		over=$((used - us / 3000))
		((over >= ${cpu_over[$name]})) || cpu_over[$name]=$over
		over=$((woken - us / 1000000 - 3))
		((over >= ${wake_over[$name]})) || wake_over[$name]=$over
	done
}

is_idle() { # NAME
	((cpu_over[$1] <= 0 && wake_over[$1] <= 0))
}

read -r -t 2 -u "$never" # what belongs to the start is over by then
# Once more where that was late, or somebody else has woken them.
for _ in 1 2 3; do
	watch_both
	! is_idle service || ! is_idle reader || break
done
for name in service reader; do
	ok "an idle $name uses at most a 3000th of a CPU" test "${cpu_over[$name]}" -le 0
	ok "... and wakes up at most once a second" test "${wake_over[$name]}" -le 0
done
stop reader
done_testing
