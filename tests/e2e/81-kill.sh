#!/bin/bash
# SPDX-License-Identifier: MIT
# kill -9 of the service, and of the server, while items come in: what was acknowledged is there, in order,
# once.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'the reference service is a part of the server'
service_start
take_chances 0

patience=120
as admin pub -n "$N" --create </dev/null
spawn_ready follower as admin/follower sub -n "$N" -f id

seq 1 10000 | sed "s|.*|<item id='&'><x xmlns='urn:x'>&</x></item>|" >"$T/writer.in"
spawn writer as admin/writer pub -n "$N" -p --request-timeout 10
await_lines "$T/writer.out" $((500 + RANDOM % 4000)) || bail_out 'too few items were acknowledged'
service_kill9
reap writer
isnt "$status" 0 'the publisher notices that the service is gone'
like "$err" '^pubsub-pub: ' '... and says so'
sed "s/.*id='\([0-9]*\)'.*/\1/" "$T/writer.out" >"$T/acknowledged"
acknowledged=$(wc -l <"$T/acknowledged")
diag "$acknowledged of 10,000 items were acknowledged"
ok 'it was killed in the middle' test "$acknowledged" -lt 10000

service_start
as admin sub -1 -a -n "$N" -f id >"$T/stored"
is "$(sort "$T/stored" | uniq -d)" '' 'no item is there twice'
is "$(comm -23 <(sort "$T/acknowledged") <(sort "$T/stored"))" '' 'every acknowledged item is there'
is "$(head -n "$acknowledged" "$T/stored" | cmp - "$T/acknowledged" 2>&1)" '' '... in order'
ok 'what else is there goes on in order' diff <(seq 1 "$(wc -l <"$T/stored")") "$T/stored"

as admin pub -n "$N" -i after -e '<x xmlns="urn:x"/>'
ok 'the subscription is there, too' await_line "$T/follower.out" '^after$'
stop follower

# --- the server ---

# Who publishes, who follows, and the service come back by themselves.
# As many items as take seconds, for the end of a server takes some tenths of one to be brought about.
kills=1 items=20000
[[ -z ${PUBSUB_TEST_LONG-} ]] || kills=10
seq "$items" | sed "s|.*|<item id='&'><x xmlns='urn:x'>&</x></item>|" >"$T/again.in"
for ((kill = 1; kill <= kills; kill++)); do
	node=$N-server-$kill
	as admin pub -n "$node" --create </dev/null
	spawn_ready follower as admin/follower sub -n "$node" --all -f id
	server_settle
	spawn again as admin/writer pub -n "$node" -p --retries -1 --request-timeout 10
	await_lines "$T/again.out" $((1 + RANDOM % (items / 2))) || bail_out 'too few items were acknowledged'
	server_kill9
	pause 1000
	sed "s/.*id='\([0-9]*\)'.*/\1/" "$T/again.out" >"$T/acknowledged"
	diag "$(wc -l <"$T/acknowledged") of $items items were acknowledged before the server was killed"
	ok 'the server was killed in the middle' test "$(wc -l <"$T/acknowledged")" -lt "$items"
	server_restart
	reap again
	is "$status" 0 '... and once it is there again, all is published'
	as admin sub -1 -a -n "$node" -f id >"$T/stored"
	ok '... and stored, once and in order' diff <(seq "$items") "$T/stored"
	is "$(comm -23 <(sort "$T/acknowledged") <(sort "$T/stored"))" '' '... with what was acknowledged before'
	await_line "$T/follower.out" "^$items\$"
	stop follower
	# What is published again, as its answer was lost, is told again.
	is "$(awk '!seen[$0]++' "$T/follower.out" | diff <(seq "$items") - | head -n 5)" '' '... a subscriber has got it'
done
done_testing
