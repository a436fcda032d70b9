#!/bin/bash
# SPDX-License-Identifier: MIT
# The outbox: what was acknowledged to a publisher reaches subscribers in order and once, whether the
# service or the server is killed with -9, or the link between them is cut or stands still, while
# notifications wait. The node keeps no items, so that nobody can fetch what was not told.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'the reference service is a part of the server'

rounds=1 items=40 crowd=200
[[ -z ${PUBSUB_TEST_LONG-} ]] || rounds=10 crowd=1000 patience=120

# An answer goes out before what it caused, so this is what waits: a crowd's worth of them.
padding=$(printf 'x%.0s' {1..2000})

# The service's way to the server, and back, goes through it.
proxy_start link "$(service_port)"

begin() { # NODE [CROWD]
	local i others=()
	as admin ctl create "$1" pubsub#persist_items=0 >"$T/null" || bail_out 'no node'
	# Nobody is there, but each is told before the follower, whose address comes last.
	for ((i = 0; i < ${2:-$crowd}; i++)); do
		others+=("$(jid crowd)/$i=subscribed")
	done
	as admin ctl subscribers "$1" "${others[@]}" || bail_out 'no crowd'
	rm -f "$T/follower.out" "$T/writer.out"
	spawn_ready follower as zulu/follower sub -v -n "$1" -f id
}

# Publishes, until so many are acknowledged; more are under way then, on a link that is slow enough
# for that until finish(), and the last is held back.
publish() { # NODE COUNT [ITEMS [PACE]]
	published=${3-$items}
	proxy link slow "${4-2000000}"
	hold_back writer < <(seq "$published" | sed "s|.*|<item id='&'><x xmlns='urn:x'>$padding</x></item>|")
	spawn writer as admin/writer pub -n "$1" -p -w 4 --request-timeout 10
	await_lines "$T/writer.out" "$2" || bail_out 'too few items were acknowledged'
	in_the_middle "${1#"$N"-}: it is" "$published"
}

# Nobody waits for what got lost with the link: the publisher's trouble is not ours.
finish() { # NODE WHAT
	local acknowledged
	proxy link slow 0
	[[ -z ${pids[writer]-} ]] || stop writer
	let_on writer
	for ((i = 0; i < 5 * patience; i++)); do
		! as admin pub -n "$1" -i after -e '<x xmlns="urn:x"/>' 2>"$T/null" || break
		read -r -t 0.2 -u "$never"
	done
	ok "$2: what is published later arrives" await_line "$T/follower.out" '^after$'
	stop follower
	sed "s/.*id='\([0-9]*\)'.*/\1/" "$T/writer.out" >"$T/acknowledged"
	grep -v after "$T/follower.out" >"$T/got"
	acknowledged=$(wc -l <"$T/acknowledged")
	diag "$acknowledged of $published items were acknowledged, $(wc -l <"$T/got") arrived"
	is "$(sort "$T/got" | uniq -d | tr '\n' ' ')" '' '... no item came twice'
	is "$(comm -23 <(sort "$T/acknowledged") <(sort "$T/got") | tr '\n' ' ')" '' \
		'... every acknowledged one came'
	is "$(sort -n "$T/got" | diff - "$T/got" | head -n 5)" '' '... in order'
}

for ((round = 1; round <= rounds; round++)); do
	some=$((1 + SRANDOM % 4))

	through link service_start --multicast off
	begin "$N-killed-$round"
	publish "$N-killed-$round" "$some"
	service_kill9
	through link service_start --multicast off
	finish "$N-killed-$round" "round $round, the service was killed"

	if [[ ${PUBSUB_TEST_LONG-} ]]; then
		begin "$N-cut-$round"
		publish "$N-cut-$round" "$some"
		proxy link cut
		finish "$N-cut-$round" "round $round, the link was cut"
	fi

	begin "$N-stalled-$round"
	publish "$N-stalled-$round" "$some"
	proxy link stall
	read -r -t 0.5 -u "$never"
	proxy link cut
	finish "$N-stalled-$round" "round $round, the link stood still and was cut"

	# With the link still open, nothing behind it is told, until the server has gone.
	# A thousand notifications wait: of the first item.
	begin "$N-server-$round" 1000
	publish "$N-server-$round" 1 5 100000
	proxy link stall
	is "$(<"$T/follower.out")" '' "round $round, a thousand notifications wait for the server"
	read -r -t 0.5 -u "$never"
	server_settle
	server_kill9
	server_restart
	stop writer
	# It is there before the service: to whom is away, the server tells nothing.
	await_logins follower 2 || bail_out "the follower does not come back: $(<"$T/follower.err")"
	proxy link go
	finish "$N-server-$round" "round $round, the server was killed"
	service_stop
	is "$status" 0 '... and it ends well'
done
done_testing
