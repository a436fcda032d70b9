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

# Items 1, 2, ... into the fifo NAME.in, without an end, so that whatever happens is in the middle of them, however
# fast they are published: until nobody reads; or until there is a file NAME.enough, and then a block more. Prints the
# last number of each block before any of it can be read.
feed() { # NAME
	local last=0 block=300 enough='' input
	exec {input}>"$T/$1.in"
	while [[ -z $enough ]]; do
		[[ ! -e $T/$1.enough ]] || enough=1
		echo $((last += block))
		seq $((last - block + 1)) "$last" | sed "s|.*|<item id='&'><x xmlns='urn:x'>&</x></item>|" >&"$input" || break
	done
}
fed() { tail -n 1 "$T/feeder.out"; }
acknowledged() { sed "s/.*id='\([0-9]*\)'.*/\1/" "$T/$1.out"; }

mkfifo "$T/writer.in" "$T/again.in"
spawn feeder feed writer
spawn writer as admin/writer pub -n "$N" -p --request-timeout 10
await_lines "$T/writer.out" $((500 + RANDOM % 4000)) || bail_out 'too few items were acknowledged'
service_kill9
reap writer
isnt "$status" 0 'the publisher notices that the service is gone'
like "$err" '^pubsub-pub: ' '... and says so'
reap feeder
acknowledged writer >"$T/acknowledged"
acknowledged=$(wc -l <"$T/acknowledged")
diag "$acknowledged of $(fed) items were acknowledged"
ok 'it was killed in the middle' test "$acknowledged" -lt "$(fed)"

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
kills=1
[[ -z ${PUBSUB_TEST_LONG-} ]] || kills=10
for ((kill = 1; kill <= kills; kill++)); do
	node=$N-server-$kill
	as admin pub -n "$node" --create </dev/null
	spawn_ready follower as admin/follower sub -n "$node" --all -f id
	server_settle
	rm -f "$T/again.enough"
	spawn feeder feed again
	spawn again as admin/writer pub -n "$node" -p --retries -1 --request-timeout 10
	await_lines "$T/again.out" $((1 + RANDOM % 5000)) || bail_out 'too few items were acknowledged'
	server_kill9
	pause 1000
	acknowledged again >"$T/acknowledged"
	: >"$T/again.enough"
	server_restart
	reap feeder
	items=$(fed)
	diag "$(wc -l <"$T/acknowledged") of $items items were acknowledged before the server was killed"
	ok 'the server was killed in the middle' test "$(wc -l <"$T/acknowledged")" -lt "$items"
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
