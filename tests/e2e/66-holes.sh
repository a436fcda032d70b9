#!/bin/bash
# SPDX-License-Identifier: MIT
# Notifications that are lost on the way to a subscriber who stays connected: the numbers of the events
# (Pubsub-Sequence) tell, and what was lost is read, in its place. The messages of the service are lost
# between it and the server, where they can be read: a component's.
. "${0%/*}/lib.sh"

[[ $E2E_SERVICE == ours && $E2E_MODE == component ]] || skip_all 'a component of ours is wanted'

coproc PROXY { exec python3 "${0%/*}/losing_proxy.py" "127.0.0.1:$XMPP_COMPONENT_PORT"; }
from_proxy() { IFS= read -r -t "$patience" -u "${PROXY[0]}" "$1" || bail_out 'the proxy does not answer'; }
from_proxy port
XMPP_COMPONENT_PORT=$port service_start

order() { # lose|twice TEXT
	echo "$*" >&"${PROXY[1]}"
	from_proxy answer
}
# Publishes; the message that has TEXT in it is lost, or comes twice.
publish_but() { # lose|twice TEXT NODE ID...
	order "$1" "$2"
	publish "${@:3}"
	from_proxy answer
}

publish() { # NODE ID...
	as admin pub -n "$1" --create < <(printf "<item id='%s'><x xmlns='urn:x'/></item>\n" "${@:2}")
}

lines() { printf '%s\n' "$@"; }

# --- --all ---

publish "$N" old
spawn_ready all as bob/all sub -n "$N" -f id --all -v
await_line "$T/all.out" '^old$'
publish_but lose "id='b'" "$N" a b
publish "$N" c
await_lines "$T/all.out" 4
is "$(<"$T/all.out")" "$(lines old a b c)" 'an item that was lost is read, in front of the one behind it'
like "$(<"$T/all.err")" "events were lost on the way, 4 follows 2" '... and -v says why'
order lose "id='d'"
publish_but lose "id='e'" "$N" d e
from_proxy answer
publish "$N" a f
await_lines "$T/all.out" 8
is "$(tail -n 4 "$T/all.out")" "$(lines d e a f)" 'two of them, and an item that is published again'
publish_but twice "id='g'" "$N" g
publish "$N" h
await_lines "$T/all.out" 10
is "$(tail -n 2 "$T/all.out")" "$(lines g h)" 'what comes twice is printed once'
like "$(<"$T/all.err")" "(item 'g' of '$N'|message '.*' of .*) came twice" '... and -v says so'
order lose '<purge'
as admin ctl purge "$N"
from_proxy answer
publish "$N" i
await_lines "$T/all.out" 11
is "$(tail -n 2 "$T/all.out")" "$(lines h i)" 'what was lost is no item: the next one is printed once'
stop all
is "$status" 0 'it has stayed connected all the time'
is "$out" "$(lines old a b c d e a f g h i)" '... and has printed each item once, in order'
unlike "$err" 'connection' '... and says nothing of a link that was lost'

# --- --state, with handlers as well ---

reader() { as bob/state sub -n "$N-state" -f id --state "$T/state" -v "$@"; }
publish "$N-state" 1
spawn_ready state reader --all
await_line "$T/state.out" '^1$'
publish_but lose "id='3'" "$N-state" 2 3
publish "$N-state" 4
await_lines "$T/state.out" 4
is "$(<"$T/state.out")" "$(lines 1 2 3 4)" 'with --state'
publish_but lose "id='6'" "$N-state" 5 6
await_lines "$T/state.out" 5
stop state
publish "$N-state" 7
spawn_ready state reader
await_lines "$T/state.out" 2
publish_but lose "id='8'" "$N-state" 8
publish "$N-state" 9
await_lines "$T/state.out" 4
is "$(<"$T/state.out")" "$(lines 6 7 8 9)" '... and with what was lost at the end of a run, and after it'
like "$(<"$T/state.err")" "events of '$N-state' since it was followed last: 2" '... which knows how much that is'
stop state
spawn_ready state reader -x "echo \$PUBSUB_ITEM_ID >>$T/handled"
publish_but lose "id='11'" "$N-state" 10 11
publish "$N-state" 12
await_lines "$T/handled" 3
is "$(<"$T/handled")" "$(lines 10 11 12)" '... and with handlers'
stop state
like "$err" 'nothing has happened' '... of a run in front of which nothing has happened'

# --- live events alone, of a node that sends no last item ---

as admin ctl create "$N-live" send_last_published_item=never persist_items=1
publish "$N-live" old
spawn_ready live as bob/live sub -n "$N-live" -f id
publish_but lose "id='a'" "$N-live" a
publish "$N-live" b
await_lines "$T/live.out" 2
is "$(<"$T/live.out")" "$(lines a b)" 'the first event of all is lost'
stop live

# --- a mirror ---

snapshot() { as admin sub -1 -a -f id -n "$1"; }
await_same() {
	local i
	for ((i = 0; i < 10 * patience; i++)); do
		cmp -s <(snapshot "$N-from") <(snapshot "$N-to") && return
		read -r -t 0.1 <> <(:)
	done
	diff <(snapshot "$N-from") <(snapshot "$N-to")
}
publish "$N-from" a b c
spawn mirror as admin/mirror ctl -v mirror "xmpp:$PUBSUB_SERVICE?;node=$N-from" "xmpp:$PUBSUB_SERVICE?;node=$N-to" --follow
await_line "$T/mirror.err" 'following'
publish_but lose "$N-from'><item id='d'" "$N-from" d
order lose '<retract'
as admin ctl retract "$N-from" a --notify
from_proxy answer
publish "$N-from" e
ok 'a mirror comes to have what the source has, also what was retracted' await_same
is "$(snapshot "$N-to" | sort | tr -d '\n')" bcde '... that is'
stop mirror

done_testing
