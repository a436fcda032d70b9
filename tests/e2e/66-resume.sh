#!/bin/bash
# SPDX-License-Identifier: MIT
# Accounts whose link is cut while items are published, and whose session goes on (XEP-0198): the node keeps no items and
# there is no --state, so that nothing else could give a reader what went by meanwhile.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours && $E2E_MODE == account ]] || skip_all 'components have no such sessions'
take_chances 0
proxy_start link "$XMPP_PORT"

cuts=4 items=60
[[ -z ${PUBSUB_TEST_LONG-} ]] || cuts=40 items=2000 patience=120
seq "$items" >"$T/wanted"

# The service itself has one of them.
through link service_start -v --outbox off
as admin pub -n "$N" --create -o persist_items=0 -o access_model=open -o publish_model=open </dev/null || bail_out 'there is no node'
through link spawn_ready far as bob/far sub -v -n "$N" -f id
spawn_ready near as bob/near sub -v -n "$N" -f id

# As many at a time as make it last for the cuts: each waits for the answers of those before.
writer() {
	local i
	for ((i = 1; i <= items; i++)); do
		echo "<item id='$i'><x xmlns='urn:x'/></item>"
		((i % (items / (2 * cuts) + 1))) || pause 300
	done | as admin/writer pub -n "$N" -w 1 --request-timeout 60
}
spawn writer writer
for ((i = 0; i < cuts; i++)); do
	pause 600
	one_of cut cut cut-near
	proxy link "$chosen"
	[[ $chosen == cut ]] || { pause 500; proxy link cut; }
	pause 600
done
reap writer
is "$status" 0 "$items items are published while links are cut $cuts times"
is "$err" '' '... without a word of it to the publisher'
for who in far near; do
	await_lines "$T/$who.out" "$items"
	is "$(diff "$T/wanted" "$T/$who.out" | head -n 5)" '' "... and the reader that is $who has printed each once, in order"
done
for who in far service; do
	ok "... $who has gone on with its session" await_line "$T/$who.err" 'the session goes on'
	is "$(grep -c 'logged in as' "$T/$who.err")" 1 '... and logged in once'
done
stop near
stop far
is "$status" 0 'the reader ends as if nothing had been'

# --- a server that has forgotten it ---

through link spawn_ready far as bob/far sub -v -n "$N" -f id
server_restart
for who in far service; do
	ok "$who logs in anew" await_logins "$who" 2
done
ok 'after a server was started anew, one publishes' as admin pub --retries 5 -n "$N" -i after -e "<x xmlns='urn:x'/>"
ok '... gives the event to a new session' await_line "$T/far.out" '^after$'
stop far
service_stop
is "$status" 0 '... and the service ends as if nothing had been'
done_testing
