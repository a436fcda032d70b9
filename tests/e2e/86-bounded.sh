#!/bin/bash
# SPDX-License-Identifier: MIT
# A server that stands still while large items go to many subscribers: what waits for it is not in memory,
# and gets to them when it goes on. The node keeps no items, so that nobody can fetch what was not told.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'the reference service is a part of the server'
take_chances 0

crowd=60 items=5
pace=4000000 # bytes a second, until the server stands still
most_kb=6500 # of memory; what waits is more
[[ -z ${PUBSUB_TEST_LONG-} ]] || crowd=10000 items=4 pace=0 most_kb=14000 patience=900

# A message for each: one to many would be too little to wait anywhere.
proxy_start link "$(service_port)"
through link service_start --max-subscriptions 20000 --multicast off
as admin ctl create "$N" pubsub#persist_items=0 >"$T/null" || bail_out 'no node'
# Nobody is there, but each is told before the follower, whose address comes last.
for ((i = 0; i < crowd; i += 500)); do
	mapfile -t others < <(seq -f "$(jid crowd)/%.0f=subscribed" $((i + 1)) $((i + 500 < crowd ? i + 500 : crowd)))
	as admin ctl subscribers "$N" "${others[@]}" || bail_out 'no crowd'
done
spawn_ready follower as zulu/follower sub -n "$N" -f id

memory() { awk '/^RssAnon:/ { print $2 }' "/proc/${pids[service]}/status"; }
before=$(memory) largest=0
watch_memory() {
	local now
	now=$(memory)
	((now <= largest)) || largest=$now
}

payload=$(head -c 64000 /dev/zero | tr '\0' x)
hold_back writer < <(
	for ((i = 1; i <= items; i++)); do
		printf "<item id='%s'><x xmlns='urn:x'>%s</x></item>\n" "$i" "$payload"
	done
)
proxy link slow "$pace"
spawn writer as admin/writer pub -n "$N" -p -w 4 --request-timeout 600
await_lines "$T/writer.out" $((1 + RANDOM % 3)) || bail_out 'too few items were acknowledged'
kill -STOP "$XMPP_PID"
in_the_middle 'a server stands still' "$items"
let_on writer
proxy link slow 0
for ((i = 0; i < 10; i++)); do
	pause 200
	watch_memory
done
kill -CONT "$XMPP_PID"
until ! kill -0 "${pids[writer]}" 2>"$T/null"; do
	pause 100
	watch_memory
done
reap writer
is "$status" 0 "$items items of 64 KB for $crowd subscribers, and a server that stands still for a while"
await_lines "$T/follower.out" "$items"
watch_memory
is "$(<"$T/follower.out")" "$(seq "$items")" '... the last of them gets them all, in order'
diag "the service took $before KB before, and at most $largest"
ok '... which did not wait in memory' test "$largest" -lt "$most_kb"
stop follower
service_stop
is "$status" 0 'the service ends well'
done_testing
