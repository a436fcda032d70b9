#!/bin/bash
# SPDX-License-Identifier: MIT
# Links that are slow, late, stand still or are cut, of the service and of clients at once: in the end the
# node has what was published, in order, and so have those who follow it.
. "${0%/*}/lib.sh"
take_chances 0

rounds=1 items=100 most=2 pace=40000 # bytes a second
patience=$((4 * patience)) # for the rest, behind pauses that have become longer
[[ -z ${PUBSUB_TEST_LONG-} ]] || rounds=20 items=2000 most=6 pace=600000 patience=400
[[ $E2E_SERVICE == ours ]] || skip_all 'the reference service is a part of the server'

proxy_start clients "$XMPP_PORT"
proxy_start service "$(service_port)"
through service service_start

payload=$(printf '%0300d' 0)
# The service may be away: of one that has not been there before, some servers say that forbidden is all.
until_it_is_there() { # ARGUMENT...
	local i
	for ((i = 0; i < 5 * patience; i++)); do
		! as admin pub -n "$node" "$@" </dev/null 2>"$T/null" || return 0
		read -r -t 0.2 -u "$never"
	done
	bail_out 'the service is not there'
}

begin() { # NODE
	node=$1
	rm -f "$T/writer.out" "$T/follower.out"
	until_it_is_there --create
	through clients spawn_ready follower as admin/follower sub -n "$1" -f id --all
	hold_back writer < <(seq "$items" | sed "s|.*|<item id='&'><x xmlns='urn:x'>$payload</x></item>|")
	# Longer than it takes to find that a link is dead, and to be there again.
	through clients spawn writer as admin/writer pub -p -n "$1" -w 16 --retries -1 --request-timeout 300
	await_lines "$T/writer.out" 1
}
finish() { # NODE WHAT
	let_on writer
	reap writer
	is "$status" 0 "$2: all is published"
	until_it_is_there -i end -e '<x xmlns="urn:x"/>'
	ok '... and arrives' await_line "$T/follower.out" '^end$'
	stop follower
	# What is published again, as its answer was lost, is told again.
	is "$(awk '!seen[$0]++' "$T/follower.out" | diff <(seq "$items"; echo end) - | head -n 5)" '' '... in order'
	as admin sub -1 -a -n "$1" -f id >"$T/stored"
	is "$(diff <(seq "$items"; echo end) "$T/stored" | head -n 5)" '' '... as it is stored, once'
}

# --- late and slow ---

paced() { # CLIENTS SERVICE
	# shellcheck disable=SC2086 # two words
	proxy clients $1
	# shellcheck disable=SC2086
	proxy service $2
	begin "$N-${1%% *}"
	finish "$N-${1%% *}" "clients: $1, service: $2"
	proxy clients "${1%% *}" 0
	proxy service "${2%% *}" 0
}
paced 'delay 100' 'slow 60000'
[[ -z ${PUBSUB_TEST_LONG-} ]] || paced 'slow 40000' 'delay 100'

# Together more than is let out to a server that says nothing, with what it must be asked behind it.
proxy service delay 100
as admin pub -n "$N-large" --create </dev/null
through clients spawn_ready follower as admin/follower sub -n "$N-large" -f id --all
large=0
for size in 120000 240000 120000 240000; do
	printf "<item id='%d'><x xmlns='urn:x'>%0*d</x></item>\n" $((++large)) "$size" 0
done >"$T/writer.in"
spawn writer as admin/writer pub -n "$N-large" -w 32
ok 'large ones on a late link arrive' await_line "$T/follower.out" '^4$'
reap writer
is "$status" 0 '... and are acknowledged'
stop follower
proxy service delay 0

# --- anything ---

# Slow enough for there to be a middle.
proxy service slow "$pace"
for ((round = 1; round <= rounds; round++)); do
	node=$N-any-$round times=0
	begin "$node"
	await_lines "$T/follower.out" 1
	# Not too often: each time it takes longer until they try again.
	while kill -0 "${pids[writer]}" 2>"$T/null" && ((times < most)); do
		pause 300
		((times)) || in_the_middle "round $round: links are disturbed" "$items"
		one_of clients service
		link=$chosen
		one_of cut cut-near cut-far stall stall-up stall-down 'slow 3000' 'slow 50000' 'delay 100' 'delay 300'
		what=$chosen
		proxy "$link" "$what"
		pause 500
		proxy clients slow 0
		proxy service slow "$pace"
		proxy "$link" delay 0
		case $what in
		stall*) one_of go cut ;;
		*) chosen='cut' ;;
		esac
		[[ $what == [sd]?[ol]* ]] || proxy "$link" "$chosen"
		((++times))
	done
	proxy clients cut # also what a server may still hold for a dead link
	ok "... $times times" test "$times" -gt 0
	finish "$node" "round $round"
done
service_stop
is "$status" 0 'the service ends well'
done_testing
