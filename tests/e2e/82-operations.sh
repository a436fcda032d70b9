#!/bin/bash
# SPDX-License-Identifier: MIT
# What those see who look after the service: metrics, its log, and a service manager's socket.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'the reference service is a part of the server'
command -v python3 >/dev/null || skip_all 'python3 is not installed'

# The value of a series, labels and all.
metric() { # SERIES
	awk -v series="$1" '{ value = $NF; sub(/ [^ ]*$/, "") } $0 == series { print value }' "$T/metrics.prom"
}

spawn_ready manager python3 "$e2e_root/tests/e2e/notify_socket.py" "$T/notify"
export NOTIFY_SOCKET=$T/notify WATCHDOG_USEC=400000
service_start --verbose --metrics "$T/metrics.prom"
unset NOTIFY_SOCKET WATCHDOG_USEC
ok 'the service manager is told of the start' await_line "$T/manager.out" '^READY=1 \| STATUS=Connected'
ok 'the metrics are there from the beginning' test -s "$T/metrics.prom"

as admin pub -n "$N" --create </dev/null
spawn_ready reader as admin/reader sub -n "$N" -C 2
ok 'two items are published' as admin pub -n "$N" -e '<x xmlns="urn:x"/>' -e '<y xmlns="urn:x"/>'
reap reader
exits 77 'one is refused' as bob pub -n "$N" -e '<x xmlns="urn:x"/>'

kill -USR1 "${pids[service]}"
ok 'SIGUSR1: a line in the log' await_line "$T/service.err" 'requests: [0-9]+, refused: [0-9]+, notifications: 2,'
is "$(metric 'pubsub_requests_total{op="publish",outcome="ok"}')" 2 'two publishes are counted'
is "$(metric 'pubsub_requests_total{op="publish",outcome="forbidden"}')" 1 '... and one that was refused'
is "$(metric 'pubsub_notifications_total{kind="items"}')" 2 'two notifications'
is "$(metric pubsub_connected)" 1 'there is a connection'
is "$(metric pubsub_nodes)" 1 'one node'
is "$(metric pubsub_items)" 2 'two items'
is "$(metric pubsub_queue_bytes)" 0 'nothing waits'
commits=$(metric pubsub_commit_seconds_count)
ok 'each answer that says it is done has had its commit' test "$commits" -ge 2
is "$(metric 'pubsub_commit_seconds_bucket{le="+Inf"}')" "$commits" '... all in a bucket'
ok 'bytes have come' test "$(metric 'pubsub_bytes_total{direction="in"}')" -gt 1000
ok '... and gone' test "$(metric 'pubsub_bytes_total{direction="out"}')" -gt 1000
is "$(stat -c %a "$T/metrics.prom")" 644 'everybody may read them'
for _ in 1 2 3; do # where it is just written there is
	files=$(echo "$T"/metrics.prom*)
	[[ $files != "$T/metrics.prom" ]] || break
	read -r -t 2 -u "$never"
done
is "$files" "$T/metrics.prom" 'no other file is left behind'
families=$(sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' "$T/metrics.prom" | sort)
is "$(grep -o '\bpubsub_[a-z_]*' "$e2e_root/man/pubsub-serve.8" | sort -u)" "$families" 'the manual page has them all'
if command -v promtool >/dev/null; then
	ok 'promtool accepts them' promtool check metrics <"$T/metrics.prom"
fi

like "$(<"$T/service.err")" "request [0-9a-f]+: from=\"$(jid bob)/[^\"]+\" op=publish node=\"$N\" outcome=forbidden us=[0-9]+" \
	'each request has a line in the log'

ok 'the watchdog is fed' await_line "$T/manager.out" '^WATCHDOG=1 \| STATUS=Connected; requests: [0-9]+,'
kill -HUP "${pids[service]}"
ok 'SIGHUP: reloading' await_line "$T/manager.out" '^RELOADING=1 \| MONOTONIC_USEC=[0-9]+$'
ok '... and ready again' await_line "$T/manager.out" '^READY=1$'
ok '... and at work' as admin pub -n "$N" -e '<x xmlns="urn:x"/>'

service_stop
is "$status" 0 'the service ends'
ok 'the service manager is told' await_line "$T/manager.out" '^STOPPING=1'
is "$(metric 'pubsub_requests_total{op="publish",outcome="ok"}')" 3 'the last metrics are those of the end'
is "$(metric pubsub_connected)" 0 '... when the connection was gone'

mkdir "$T/missing"
service_start --metrics "$T/missing/metrics.prom"
rm -r "$T/missing"
kill -USR1 "${pids[service]}"
await_line "$T/service.err" 'requests: [0-9]+,'
ok 'where metrics cannot be written any more the service works' as admin pub -n "$N" -e '<x xmlns="urn:x"/>'
service_stop
is "$status" 0 '... to the end'
is "$(grep -c "cannot write the metrics to '$T/missing/metrics.prom': No such file" "$T/service.err")" 1 \
	'... and says so once'
unlike "$(<"$T/service.err")" 'request [0-9a-f]+:' 'without --verbose requests are not logged'
stop manager
done_testing
