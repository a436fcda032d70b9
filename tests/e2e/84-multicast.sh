#!/bin/bash
# SPDX-License-Identifier: MIT
# Extended stanza addressing (XEP-0033): where the server offers it, one message goes to many subscribers;
# each gets each event once and in order, also where the multicast service refuses, or takes fewer at once.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'the reference service is a part of the server'

crowd=75 items=6 # of each of two accounts

gather() {
	local one
	for one in one two; do
		rm -f "$T/$one.out"
		spawn "$one" as "$one" python3 "${0%/*}/foreign/crowd.py" --timeout "$((3 * patience))" "$crowd"
	done
	for one in one two; do
		patience=$((3 * patience)) await_line "$T/$one.out" '^READY' || bail_out "there is no crowd: $(<"$T/$one.err")"
	done
}

begin() { # NODE
	local i others=()
	as admin ctl create "$1" pubsub#persist_items=0 >"$T/null" || bail_out 'no node'
	for ((i = 0; i < crowd; i++)); do
		others+=("$(jid one)/$i=subscribed" "$(jid two)/$i=subscribed")
	done
	as admin ctl subscribers "$1" "${others[@]}" || bail_out 'no subscribers'
}

publish() { # NODE ID...
	local node=$1
	shift
	printf "<item id='%s'><x xmlns='urn:x'/></item>" "$@" | as admin/writer pub -n "$node" - >"$T/null" ||
		bail_out 'cannot publish'
}

# How many messages the service has sent to the multicast service since it was started.
multicasts() {
	n=$(grep -o "to='multicast.$XMPP_HOST'><addresses" "$T/service.err" | wc -l)
}

# Who has got what; what was told while they were subscribed is none of it.
check() { # WHAT
	local one
	for one in one two; do
		reap "$one"
		is "$status" 0 "$1: all of the crowd '$one' are told of the end"
		grep -v READY "$T/$one.out" >"$T/got"
		is "$(wc -l <"$T/got") $(sort -u "$T/got" | wc -l)" \
			"$((crowd * (items + 1))) $((crowd * (items + 1)))" '... and of each item once'
		is "$(sort -s -n -k 1,1 "$T/got" | head -n 7 | tr '\n' ',')" \
			'0 1,0 2,0 3,0 4,0 5,0 6,0 end,' '... the first one in order'
		is "$(sed s/end/9/ "$T/got" | sort -s -n -k 1,1 >"$T/a"; sort -n -k 1,1 -k 2,2 "$T/a" | cmp "$T/a" - 2>&1)" '' \
			'... all in order'
		is "$(grep -c others "$T/got")" 0 '... and nobody is told of others'
	done
}

play() { # NODE WHAT
	gather
	begin "$1"
	publish "$1" $(seq "$items")
	publish "$1" end
	check "$2"
	multicasts
}

# The service as an account that may not use it, whatever the mode is.
mute_start() {
	local E2E_MODE=account
	user mute
	spawn_ready service as mute/server serve --store "$T/mute.sqlite3" --admin "$(jid admin)" "$@" ||
		bail_out 'the service does not start'
}

offer='notifications at .* go through .*, to'
service_start -v --trace
if [[ $E2E_SERVER == prosody ]]; then
	play "$N" 'none is offered'
	is "$n" 0 '... and none is used'
	unlike "$(grep -v '<' "$T/service.err")" "$offer" '... nor found'
	service_stop
	done_testing
	exit
fi

# For an account all at once.
most=1000 parts=1
[[ $E2E_MODE == account ]] || most=20 parts=8
ok 'it is found' await_line "$T/service.err" "$offer $most at once"
play "$N" 'many at once'
is "$n" "$((parts * (items + 1)))" "... with $parts for each event"
service_stop
is "$status" 0 '... and it ends well'

if [[ $E2E_MODE == component ]]; then
	service_start -v --trace --multicast off
	play "$N-off" 'switched off'
	is "$n" 0 '... and it is not used'
else
	mute_start -v --trace
	PUBSUB_SERVICE=$(jid mute)/server
	ok 'it is found by who may not use it' await_line "$T/service.err" "$offer 1000 at once"
	play "$N-mute" 'refused'
	is "$n" 1 '... which is found out with the first event'
	ok '... and said' await_line "$T/service.err" 'does not take what it is to send on'
fi
service_stop
is "$status" 0 '... and it ends well'
done_testing
